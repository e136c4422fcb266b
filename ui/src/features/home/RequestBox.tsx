// SPDX-License-Identifier: Apache-2.0
import { Button, Card, Group, Kbd, Stack, Text, Textarea, Title } from "@mantine/core";
import { getHotkeyHandler } from "@mantine/hooks";
import { IconArrowRight } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import { client, unwrap } from "../../api/client";
import { ProblemAlert } from "../../components/ProblemAlert";
import { EXAMPLES } from "./examples";
import classes from "./RequestBox.module.css";

/** The sentence box: what should happen, in the operator's own words. */
export function RequestBox() {
  const search = useSearch({ from: "/" });
  const [text, setText] = useState(search.text ?? "");
  const box = useRef<HTMLTextAreaElement>(null);
  const propose = usePropose();
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() && !propose.isPending) propose.mutate(text.trim());
  };
  const fill = (example: string) => {
    setText(example);
    box.current?.focus();
  };
  return (
    <Stack gap="md" className={classes.hero}>
      <Stack gap={4}>
        <Title order={1} size="h2">
          What should happen?
        </Title>
        <Text className="quiet">
          Say it in your own words. You will see the plan first: which machines, which steps, what could go wrong.
          Nothing runs before you approve it. Then go on from there: “the same on shop-02”, “without db03”, “two at a
          time”.
        </Text>
      </Stack>
      <Card withBorder padding="md" shadow="sm" component="form" onSubmit={submit} aria-label="New request">
        <Textarea
          ref={box}
          aria-label="Your request"
          placeholder="Restart the nginx service on all servers in 'Production Web'"
          autosize
          minRows={2}
          maxRows={10}
          maxLength={4000}
          variant="unstyled"
          size="md"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={getHotkeyHandler([["mod+Enter", () => submit()]])}
        />
        <Group justify="space-between" mt="xs">
          <Text size="xs" className="quiet" visibleFrom="sm">
            <Kbd size="xs">Ctrl</Kbd> + <Kbd size="xs">Enter</Kbd>
          </Text>
          <Button
            type="submit"
            loading={propose.isPending}
            disabled={!text.trim()}
            rightSection={<IconArrowRight size={18} aria-hidden />}
          >
            Make a plan
          </Button>
        </Group>
      </Card>
      {propose.isError && <ProblemAlert error={propose.error} />}
      <Group gap="xs">
        <Text size="sm" className="quiet">
          For example:
        </Text>
        {EXAMPLES.map((example) => (
          <Button
            key={example.label}
            variant="default"
            size="compact-sm"
            radius="xl"
            fw={500}
            title={example.text}
            onClick={() => fill(example.text)}
          >
            {example.label}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

function usePropose() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => unwrap(client.POST("/api/plans", { body: { text } })),
    onSuccess: (view) => {
      queries.setQueryData(["plan", view.plan.id], view);
      void queries.invalidateQueries({ queryKey: ["plans"] });
      return navigate({ to: "/plans/$planId", params: { planId: view.plan.id } });
    },
  });
}
