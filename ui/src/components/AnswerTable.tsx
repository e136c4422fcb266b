// SPDX-License-Identifier: Apache-2.0
import { Anchor, Button, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Answer } from "../api/types";
import { count, dateAndTime, size, span } from "../lib/format";
import classes from "./AnswerTable.module.css";

type Cell = Answer["rows"][number][number];

/** Rows that are shown at first, and more at a time: an answer may hold every machine there is. */
const AT_ONCE = 100;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

type Props = { answer: Answer; label?: string; records?: boolean };

/** An answer, of the records or of targets: one sentence and its table. */
export function AnswerTable({ answer, label = "The answer", records = true }: Props) {
  const [shown, setShown] = useState(AT_ONCE);
  const rows = answer.rows.slice(0, shown);
  const left = answer.rows.length - rows.length;
  return (
    <Stack gap="sm">
      <Text>{answer.summary}</Text>
      {rows.length > 0 && (
        <ScrollArea type="auto">
          <Table striped aria-label={label}>
            <Table.Thead>
              <Table.Tr>
                {answer.columns.map((column) => (
                  <Table.Th key={column} scope="col">
                    {column}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row, at) => (
                // A row is its place in the answer.
                <Table.Tr key={at}>
                  {row.map((cell, column) => (
                    <Table.Td key={answer.columns[column]} className={classes.cell}>
                      {shownCell(cell, answer.columns[column], answer.units[column])}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
      {left > 0 && (
        <Button variant="default" onClick={() => setShown(shown + 10 * AT_ONCE)}>
          Show more: {count(left, "row")} left
        </Button>
      )}
      {answer.total > answer.rows.length && (
        <Text size="sm" className="quiet">
          The first {answer.rows.length} of {answer.total} rows.
        </Text>
      )}
      {records && (
        <Text size="sm" className="quiet">
          As the records were on {dateAndTime(answer.at)}.
        </Text>
      )}
    </Stack>
  );
}

function shownCell(cell: Cell, column: string | undefined, unit: string | null | undefined) {
  if (cell === null) return "";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  if (typeof cell === "number") return unit === "bytes" ? size(cell) : unit === "seconds" ? span(cell) : cell;
  if (TIME.test(cell)) return <time dateTime={cell}>{dateAndTime(cell)}</time>;
  if (column === "Job" && /^[0-9a-f]{32}$/.test(cell)) {
    return (
      <Anchor component={Link} to={`/jobs/${cell}`} inherit underline="always" title={cell}>
        {cell.slice(-8)}
      </Anchor>
    );
  }
  return cell;
}
