// SPDX-License-Identifier: Apache-2.0
// What the pages read, each query in one place with its key.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";

const PAGE = 10;

export const planQuery = (id: string) =>
  queryOptions({
    queryKey: ["plan", id],
    queryFn: () => unwrap(client.GET("/api/plans/{plan_id}", { params: { path: { plan_id: id } } })),
    // The verdict of the checks comes some seconds after the plan.
    refetchInterval: ({ state }) => (state.data?.commit && state.data.lint.status === "pending" ? 1500 : false),
  });

export const playbookQuery = (id: string) =>
  queryOptions({
    queryKey: ["playbook", id],
    queryFn: () =>
      unwrap(client.GET("/api/plans/{plan_id}/playbook", { params: { path: { plan_id: id } }, parseAs: "text" })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const plansQuery = infiniteQueryOptions({
  queryKey: ["plans"],
  queryFn: ({ pageParam }) =>
    unwrap(client.GET("/api/plans", { params: { query: { limit: PAGE, after: pageParam } } })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
});

export const jobsQuery = infiniteQueryOptions({
  queryKey: ["jobs"],
  queryFn: ({ pageParam }) => unwrap(client.GET("/api/jobs", { params: { query: { limit: PAGE, after: pageParam } } })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next,
  refetchInterval: 5000,
});

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ["job", id],
    queryFn: () => unwrap(client.GET("/api/jobs/{job_id}", { params: { path: { job_id: id } } })),
  });

/** What is kept of a job beside its events; of one cell, where it is named. */
export const artifactsQuery = (id: string, cell: { step?: number; target?: string } = {}) =>
  queryOptions({
    queryKey: ["artifacts", id, cell],
    queryFn: () =>
      unwrap(client.GET("/api/jobs/{job_id}/artifacts", { params: { path: { job_id: id }, query: cell } })),
  });

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: () => unwrap(client.GET("/api/templates")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const documentQuery = (plan: string) =>
  queryOptions({
    queryKey: ["document", plan],
    queryFn: () => unwrap(client.GET("/api/plans/{plan_id}/document", { params: { path: { plan_id: plan } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Names to offer; any other name may be typed, and is checked by the server. */
const OFFERED = 500;

export const groupNamesQuery = queryOptions({
  queryKey: ["groups", "names"],
  queryFn: async () => {
    const page = await unwrap(client.GET("/api/groups", { params: { query: { limit: OFFERED } } }));
    return page.items.map((group) => group.name);
  },
});

export const assetNamesQuery = queryOptions({
  queryKey: ["assets", "names"],
  queryFn: async () => {
    const page = await unwrap(client.GET("/api/assets", { params: { query: { limit: OFFERED } } }));
    return page.items.map((asset) => asset.name);
  },
});

export const filesQuery = queryOptions({
  queryKey: ["files"],
  queryFn: () => unwrap(client.GET("/api/files", { params: { query: { limit: OFFERED } } })),
});

export const runbooksQuery = queryOptions({
  queryKey: ["runbooks"],
  queryFn: () => unwrap(client.GET("/api/runbooks", { params: { query: { limit: OFFERED } } })),
});

export const runbookQuery = (name: string) =>
  queryOptions({
    queryKey: ["runbook", name],
    queryFn: () => unwrap(client.GET("/api/runbooks/{name}", { params: { path: { name } } })),
  });

export const freezeQuery = queryOptions({
  queryKey: ["freeze"],
  queryFn: () => unwrap(client.GET("/api/freeze")),
  refetchInterval: 10_000,
});

export const schedulesQuery = queryOptions({
  queryKey: ["schedules"],
  queryFn: () => unwrap(client.GET("/api/schedules")),
  refetchInterval: 5000,
});

export const scheduleQuery = (name: string) =>
  queryOptions({
    queryKey: ["schedule", name],
    queryFn: () => unwrap(client.GET("/api/schedules/{name}", { params: { path: { name } } })),
    refetchInterval: 5000,
  });

export const scheduleRunsQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: ["schedule", name, "runs"],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/schedules/{name}/runs", {
          params: { path: { name }, query: { limit: PAGE, after: pageParam } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: 5000,
  });

export const planScheduleQuery = (plan: string) =>
  queryOptions({
    queryKey: ["schedule", "of", plan],
    queryFn: () => unwrap(client.GET("/api/plans/{plan_id}/schedule", { params: { path: { plan_id: plan } } })),
  });

export const calendarsQuery = queryOptions({
  queryKey: ["calendars"],
  queryFn: () => unwrap(client.GET("/api/calendars")),
});

/** What started a job and what follows it; how it stands makes it a new question. */
export const chainQuery = (job: string, status: string) =>
  queryOptions({
    queryKey: ["chain", job, status],
    queryFn: () => unwrap(client.GET("/api/jobs/{job_id}/chain", { params: { path: { job_id: job } } })),
    placeholderData: keepPreviousData,
    // What follows is planned some moments after the end.
    refetchInterval: ({ state }) =>
      state.data?.steps.some((step) => step.status === "pending" || step.status === "waiting") ? 3000 : false,
  });

export const versionQuery = queryOptions({
  queryKey: ["version"],
  queryFn: () => unwrap(client.GET("/api/version")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** All cells; `failed` makes a new failure a new question. */
export const resultsQuery = (job: string, failed: number) =>
  queryOptions({
    queryKey: ["results", job, failed],
    queryFn: () => unwrap(client.GET("/api/jobs/{job_id}/results", { params: { path: { job_id: job } } })),
    placeholderData: keepPreviousData,
  });

/** What the targets answered; a step that is done, or the job's end, makes it a new question. */
export const answersQuery = (job: string, done: number, status: string) =>
  queryOptions({
    queryKey: ["answers", job, done, status],
    queryFn: () => unwrap(client.GET("/api/jobs/{job_id}/answers", { params: { path: { job_id: job } } })),
    placeholderData: keepPreviousData,
  });

export const planJobsQuery = (plan: string) =>
  queryOptions({
    queryKey: ["jobs", "of", plan],
    queryFn: () => unwrap(client.GET("/api/jobs", { params: { query: { plan_id: plan, limit: 1 } } })),
  });

export const cellQuery = (job: string, step: number, target: string, final: boolean) =>
  queryOptions({
    queryKey: ["cell", job, step, target, final],
    queryFn: () =>
      unwrap(
        client.GET("/api/jobs/{job_id}/results/{step}/{target}", {
          params: { path: { job_id: job, step, target } },
        }),
      ),
    refetchInterval: final ? false : 1500,
  });

/** What was said of a job's end; once it is over, nothing of it changes. */
export const forecastsQuery = (job: string) =>
  queryOptions({
    queryKey: ["forecasts", job],
    queryFn: () => unwrap(client.GET("/api/jobs/{job_id}/forecasts", { params: { path: { job_id: job } } })),
  });
