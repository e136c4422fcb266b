// SPDX-License-Identifier: Apache-2.0
import { Button, Group, Text } from "@mantine/core";
import { IconBrandWindows, IconServer } from "@tabler/icons-react";
import { useState } from "react";
import type { Plan } from "../../api/types";
import { count } from "../../lib/format";
import classes from "./plans.module.css";

/** Targets shown before "show all". */
const SHOWN = 30;

/** Exactly the machines the plan is for, before anything runs. */
export function TargetList({ targets }: { targets: Plan["targets"] }) {
  const [all, setAll] = useState(false);
  const { resolved, selector } = targets;
  if (resolved.length === 0) return null;
  const shown = all ? resolved : resolved.slice(0, SHOWN);
  const from = selector.groups.length > 0 ? ` of ${selector.groups.map((name) => `'${name}'`).join(", ")}` : "";
  return (
    <section aria-labelledby="targets-title">
      <Group justify="space-between" mb={6}>
        <Text fw={600} id="targets-title">
          {count(resolved.length, "target")}
          {from}
        </Text>
        {resolved.length > SHOWN && (
          <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)}>
            {all ? "Show fewer" : `Show all ${resolved.length}`}
          </Button>
        )}
      </Group>
      <ul className={classes.targets}>
        {shown.map((target) => (
          <li key={target.name} className={classes.target} title={target.connection ?? target.platform}>
            {target.platform === "windows" ? (
              <IconBrandWindows size={14} aria-label="Windows" />
            ) : (
              <IconServer size={14} aria-label="Linux" />
            )}
            {target.name}
          </li>
        ))}
      </ul>
    </section>
  );
}
