// SPDX-License-Identifier: Apache-2.0
import { SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { PlanView } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { Pill } from "../../components/Pill";
import { count, interval } from "../../lib/format";
import classes from "./plans.module.css";

/** The figures of a plan at a glance: how many, how long, how it is undone, what exactly is approved. */
export function PlanFacts({ view }: { view: PlanView }) {
  const { plan } = view;
  const changing = plan.steps.filter((step) => !step.read_only);
  const undoable = changing.filter((step) => step.undo);
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, md: 5 }} spacing="sm" className={classes.facts}>
      <Fact name="Targets">{count(plan.targets.resolved.length, "target")}</Fact>
      <Fact name="Estimate" note={plan.estimate?.basis}>
        {plan.estimate ? interval(plan.estimate.low, plan.estimate.high) : "not known yet"}
      </Fact>
      <Fact name="Undo">
        {changing.length === 0
          ? "changes nothing"
          : undoable.length === changing.length
            ? "every change"
            : `${undoable.length} of ${count(changing.length, "change")}`}
      </Fact>
      <Fact name="Checks">
        <Verdict view={view} />
      </Fact>
      <Fact name="Commit · digest">
        {view.commit && view.digest ? (
          <>
            <Copyable name="commit" value={view.commit} shown={8} /> ·{" "}
            <Copyable name="digest" value={view.digest} shown={8} />
          </>
        ) : (
          "once complete"
        )}
      </Fact>
    </SimpleGrid>
  );
}

function Fact({ name, note, children }: { name: string; note?: string | undefined; children: ReactNode }) {
  return (
    <Stack gap={2}>
      <Text size="xs" className="quiet">
        {name}
      </Text>
      <Text component="div" fw={600}>
        {children}
      </Text>
      {note && (
        <Text size="xs" className="quiet">
          {note}
        </Text>
      )}
    </Stack>
  );
}

/** What ansible-lint and the syntax check said of the playbook. */
function Verdict({ view }: { view: PlanView }) {
  if (!view.commit) return "once complete";
  const { status, findings } = view.lint;
  if (status === "green") {
    return (
      <Pill tone="good" glyph="✓">
        passed
      </Pill>
    );
  }
  if (status === "red") {
    return (
      <Pill tone="bad" glyph="✗">
        {count(findings.length, "finding")}
      </Pill>
    );
  }
  return (
    <Pill tone="live" glyph="▶" live>
      checking
    </Pill>
  );
}
