// SPDX-License-Identifier: Apache-2.0
import { Button, Collapse, CopyButton, Group, List, Loader } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconCopy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { playbookQuery } from "../../api/queries";
import type { PlanView } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import classes from "./plans.module.css";

/** The rendered playbook as committed, with the findings of its checks. */
export function Playbook({ id, lint }: { id: string; lint: PlanView["lint"] }) {
  const [open, { toggle }] = useDisclosure(false);
  const playbook = useQuery({ ...playbookQuery(id), enabled: open });
  return (
    <section>
      <Group justify="space-between">
        <Button
          variant="subtle"
          size="compact-md"
          aria-expanded={open}
          leftSection={open ? <IconChevronDown size={18} aria-hidden /> : <IconChevronRight size={18} aria-hidden />}
          onClick={toggle}
        >
          Ansible playbook
        </Button>
        {playbook.data && open && (
          <CopyButton value={playbook.data}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                size="compact-sm"
                leftSection={<IconCopy size={14} aria-hidden />}
                onClick={copy}
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        )}
      </Group>
      {lint.findings.length > 0 && (
        <List size="sm" mt="xs" className="toned tone-bad">
          {lint.findings.map((finding) => (
            <List.Item key={finding}>{finding}</List.Item>
          ))}
        </List>
      )}
      <Collapse expanded={open} mt="xs">
        {playbook.isError && <ProblemAlert error={playbook.error} retry={() => playbook.refetch()} />}
        {playbook.isFetching && <Loader size="sm" aria-label="Loading the playbook" />}
        {playbook.data && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          <pre className={classes.code} tabIndex={0} role="region" aria-label="Playbook in YAML">
            {playbook.data}
          </pre>
        )}
      </Collapse>
    </section>
  );
}
