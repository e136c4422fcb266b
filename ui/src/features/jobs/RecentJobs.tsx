// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery } from "@tanstack/react-query";
import { jobsQuery } from "../../api/queries";
import { HistoryList } from "../../components/HistoryList";
import { JOB } from "../../lib/tones";

export function RecentJobs() {
  const jobs = useInfiniteQuery(jobsQuery);
  return (
    <HistoryList
      title="Recent jobs"
      empty="Nothing has run yet."
      query={jobs}
      items={jobs.data?.pages.flatMap((page) => page.items) ?? []}
      line={(job) => ({
        key: job.id,
        to: "/jobs/$jobId",
        params: { jobId: job.id },
        title: job.title,
        note: job.actor,
        at: job.created_at,
        look: JOB[job.status],
      })}
    />
  );
}
