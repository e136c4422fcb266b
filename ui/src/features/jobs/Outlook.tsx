// SPDX-License-Identifier: Apache-2.0
import { Progress as Bar, Group, Text } from "@mantine/core";
import type { Progress } from "../../api/types";
import { duration, interval } from "../../lib/format";
import { ENDED } from "../../lib/tones";
import { useNow } from "./useNow";

/** How much of the expected time is done, what is left with its interval, and what that rests on. */
export function Outlook({ progress }: { progress: Progress }) {
  const over = ENDED.has(progress.status);
  const now = useNow(!over);
  const { forecast } = progress;
  if (over || !forecast) return null;
  // A job that is held gets no nearer to its end.
  const held = progress.status === "paused" || progress.status === "waiting";
  const since = held ? 0 : Math.max(0, (now - new Date(forecast.at).getTime()) / 1000);
  const left = (seconds: number) => Math.max(0, seconds - since);
  const said = left(forecast.seconds) < 1 ? "a moment left" : `${duration(left(forecast.seconds))} left`;
  const share = Math.round(forecast.percent);
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text fw={600}>
          {said} <span className="quiet">({interval(left(forecast.low), left(forecast.high))})</span>
          {held && <span className="quiet"> once it goes on</span>}
        </Text>
        <Text size="sm" className="quiet">
          {forecast.basis}
        </Text>
      </Group>
      <Bar.Root size="lg" aria-label="Work">
        <Bar.Section
          value={forecast.percent}
          color="var(--mantine-primary-color-filled)"
          aria-label={`${share} % of the expected time`}
          aria-valuetext={`${share} % of the expected time, ${said}`}
        />
      </Bar.Root>
    </div>
  );
}
