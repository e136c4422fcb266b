// SPDX-License-Identifier: Apache-2.0
import { Card, Group, NativeSelect, Text, TextInput, Title } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { LogEntry } from "../../api/types";
import { timeOfDay } from "../../lib/format";
import classes from "./jobs.module.css";

/** Lines in the page at a time; older ones come with the filter or the whole log. */
const SHOWN = 400;
const TONE: Record<LogEntry["level"], string> = { info: "wait", ok: "good", warning: "change", error: "bad" };
const LEVELS = [
  { value: "all", label: "Everything" },
  { value: "warning", label: "Warnings and errors" },
  { value: "error", label: "Errors" },
];

/** What is told, live; stays at the end unless the reader has scrolled up. */
export function LogView({ lines, ended }: { lines: LogEntry[]; ended: boolean }) {
  const [text, setText] = useState("");
  const [level, setLevel] = useState("all");
  const shown = lines.filter((line) => matches(line, level, text.trim().toLowerCase())).slice(-SHOWN);
  const last = shown.at(-1)?.id;
  const box = useStickToEnd(last);
  return (
    <Card withBorder padding="md" component="section" aria-label="Log" h="100%" className={classes.logCard}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          Log
        </Title>
        <Group gap="xs">
          <NativeSelect
            size="xs"
            aria-label="Level"
            data={LEVELS}
            value={level}
            onChange={(event) => setLevel(event.currentTarget.value)}
          />
          <TextInput
            size="xs"
            aria-label="Filter the log"
            placeholder="Target or text"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Group>
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div ref={box} className={classes.log} role="log" aria-label="Log lines" tabIndex={0}>
        {shown.map((line) => (
          <p key={line.id} className={classes.line}>
            <time dateTime={line.timestamp} className="quiet">
              {timeOfDay(line.timestamp)}
            </time>{" "}
            {line.target && <span className={classes.host}>[{line.target}]</span>}{" "}
            <span className={`toned tone-${TONE[line.level]}`}>{line.message}</span>
          </p>
        ))}
        {shown.length === 0 && (
          <Text className="quiet" size="sm">
            {lines.length > 0 ? "No line matches." : ended ? "Nothing was told." : "Nothing told yet."}
          </Text>
        )}
      </div>
    </Card>
  );
}

function matches(line: LogEntry, level: string, text: string): boolean {
  if (level === "error" && line.level !== "error") return false;
  if (level === "warning" && line.level !== "warning" && line.level !== "error") return false;
  return !text || `${line.target ?? ""} ${line.message}`.toLowerCase().includes(text);
}

function useStickToEnd(last: number | undefined) {
  const box = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const note = () => {
      stuck.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    };
    element.addEventListener("scroll", note, { passive: true });
    return () => element.removeEventListener("scroll", note);
  }, []);
  useEffect(() => {
    if (last !== undefined && stuck.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [last]);
  return box;
}
