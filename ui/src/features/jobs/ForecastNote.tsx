// SPDX-License-Identifier: Apache-2.0
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { forecastsQuery } from "../../api/queries";
import { duration, interval } from "../../lib/format";

/** Of a job that is over: what was said of its end, and how far off that was. */
export function ForecastNote({ id }: { id: string }) {
  const forecasts = useQuery(forecastsQuery(id));
  const check = forecasts.data?.check;
  if (!check?.first) return null;
  const { first, took, worst } = check;
  return (
    <Text size="sm" className="quiet">
      Forecast at its start: {duration(first.seconds)} ({interval(first.low, first.high)}); it took {duration(took)}
      {worst !== null && ` · from a quarter of its time on off by ${Math.round(100 * worst)} % at most`}
    </Text>
  );
}
