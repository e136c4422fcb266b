// SPDX-License-Identifier: Apache-2.0
import { Card, Group, SegmentedControl, Text, TextInput, Title } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import { RESULT } from "../../lib/tones";
import type { Place } from "./JobPage";
import classes from "./jobs.module.css";
import { MatrixRow } from "./MatrixRow";
import { FILTERS, type Filter, rowsOf } from "./rows";
import type { JobStore } from "./store";

const ROW = 32;
const HEIGHT = 520;

type Props = { store: JobStore; onOpen: (place: Place) => void };

/** Step × target: one row a target, only the visible ones in the page. */
export function Matrix({ store, onOpen }: Props) {
  const [filter, setFilter] = useState<Filter>("all");
  const [text, setText] = useState("");
  const steps = store.progress?.steps ?? [];
  const rows = rowsOf(store, filter, text);
  return (
    <Card withBorder padding="md" component="section" aria-label="Step by target">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h5">
          Targets
        </Title>
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label="Show"
            data={FILTERS.map((value) => ({ value, label: value }))}
            value={filter}
            onChange={(value) => setFilter(value as Filter)}
          />
          <TextInput
            size="xs"
            aria-label="Find a target"
            placeholder="Find a target"
            leftSection={<IconSearch size={14} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Group>
      </Group>
      <Rows store={store} rows={rows} onOpen={onOpen} />
      <Legend steps={steps.length} rows={rows.length} />
    </Card>
  );
}

function Rows({ store, rows, onOpen }: { store: JobStore; rows: number[]; onOpen: Props["onOpen"] }) {
  const box = useRef<HTMLDivElement>(null);
  const steps = store.progress?.steps ?? [];
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index] ?? index,
    overscan: 8,
  });
  const columns = { gridTemplateColumns: `minmax(10rem, 16rem) repeat(${steps.length}, minmax(3.2rem, 1fr))` };
  return (
    <div
      ref={box}
      className={classes.matrix}
      style={{ maxHeight: HEIGHT }}
      role="table"
      aria-label="Status of each step on each target"
      aria-rowcount={rows.length + 1}
    >
      <div role="rowgroup">
        <div role="row" className={classes.head} style={columns}>
          <span role="columnheader">Target</span>
          {steps.map((step) => (
            <span key={step.n} role="columnheader" title={step.title}>
              {step.n}
              <span className={classes.headTitle}>{step.title}</span>
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <MatrixRow
            key={item.key}
            store={store}
            target={rows[item.index] ?? 0}
            index={item.index}
            top={item.start}
            columns={columns.gridTemplateColumns}
            onOpen={onOpen}
          />
        ))}
      </div>
      {rows.length === 0 && (
        <Text className="quiet" ta="center" py="lg">
          No target matches.
        </Text>
      )}
    </div>
  );
}

function Legend({ steps, rows }: { steps: number; rows: number }) {
  return (
    <Group justify="space-between" mt="xs" gap="xs">
      <Group gap="sm" aria-hidden>
        {Object.values(RESULT)
          .slice(0, 7)
          .map(({ glyph, tone, word }) => (
            <Text key={word} size="xs" className="quiet">
              <span className={`toned tone-${tone}`}>{glyph}</span> {word}
            </Text>
          ))}
      </Group>
      <Text size="xs" className="quiet">
        {rows} × {steps}
      </Text>
    </Group>
  );
}
