// SPDX-License-Identifier: Apache-2.0
import { Button, Card, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ago, dateAndTime } from "../lib/format";
import type { Tone } from "../lib/tones";
import classes from "./HistoryList.module.css";
import { Pill } from "./Pill";
import { ProblemAlert } from "./ProblemAlert";

type Line = {
  key: string;
  title: string;
  note?: string | undefined;
  at: string;
  look: { glyph: string; tone: Tone; word: string };
} & ({ to: "/plans/$planId"; params: { planId: string } } | { to: "/jobs/$jobId"; params: { jobId: string } });

type Query = {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
};

type Props<T> = { title: string; empty: string; query: Query; items: T[]; line: (item: T) => Line };

/** Newest first, a page at a time. */
export function HistoryList<T>({ title, empty, query, items, line }: Props<T>) {
  return (
    <Card withBorder padding="md" component="section" aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {query.isPending && <Skeleton height={160} aria-label="Loading" />}
      {query.isError && <ProblemAlert error={query.error} retry={() => query.refetch()} />}
      {!query.isPending && !query.isError && items.length === 0 && (
        <Text className="quiet" py="lg" ta="center">
          {empty}
        </Text>
      )}
      <ul className={classes.list}>
        {items.map(line).map(({ key, title: name, note, at, look, ...link }) => (
          <li key={key}>
            <Link {...link} className={classes.item}>
              <Stack gap={0} miw={0}>
                <Text truncate fw={500}>
                  {name}
                </Text>
                <Text size="xs" className="quiet" title={dateAndTime(at)}>
                  {note ? `${note} · ` : ""}
                  {ago(at)}
                </Text>
              </Stack>
              <Pill tone={look.tone} glyph={look.glyph}>
                {look.word}
              </Pill>
            </Link>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Group justify="center" mt="xs">
          <Button
            variant="subtle"
            size="compact-sm"
            loading={query.isFetchingNextPage}
            onClick={() => query.fetchNextPage()}
          >
            Show older
          </Button>
        </Group>
      )}
    </Card>
  );
}
