// SPDX-License-Identifier: Apache-2.0
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { NotFoundPage } from "./components/NotFoundPage";
import { Shell } from "./components/Shell";
import { HomePage } from "./features/home/HomePage";
import { JobPage } from "./features/jobs/JobPage";
import { PlanPage } from "./features/plans/PlanPage";
import { RunbookPage } from "./features/runbooks/RunbookPage";
import { RunbooksPage } from "./features/runbooks/RunbooksPage";
import { SchedulePage } from "./features/schedules/SchedulePage";
import { SchedulesPage } from "./features/schedules/SchedulesPage";
import { WritePage } from "./features/written/WritePage";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });
const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: HomePage,
  // A request that is to be said in other words comes back into the box.
  validateSearch: (search: Record<string, unknown>): { text?: string } =>
    typeof search.text === "string" ? { text: search.text } : {},
});
const plan = createRoute({ getParentRoute: () => root, path: "/plans/$planId", component: PlanRoute });
const write = createRoute({
  getParentRoute: () => root,
  path: "/write",
  component: WriteRoute,
  validateSearch: (search: Record<string, unknown>): { plan?: string } =>
    typeof search.plan === "string" ? { plan: search.plan } : {},
});
const runbooks = createRoute({ getParentRoute: () => root, path: "/runbooks", component: RunbooksPage });
const runbook = createRoute({ getParentRoute: () => root, path: "/runbooks/$name", component: RunbookRoute });
const schedules = createRoute({ getParentRoute: () => root, path: "/schedules", component: SchedulesPage });
const schedule = createRoute({ getParentRoute: () => root, path: "/schedules/$name", component: ScheduleRoute });
const job = createRoute({ getParentRoute: () => root, path: "/jobs/$jobId", component: JobRoute });

// The key makes another plan or job a page of its own: nothing of the one before stays.
function PlanRoute() {
  const { planId } = plan.useParams();
  return <PlanPage key={planId} id={planId} />;
}

function WriteRoute() {
  const { plan: from } = write.useSearch();
  return <WritePage key={from ?? "new"} plan={from} />;
}

function RunbookRoute() {
  const { name } = runbook.useParams();
  return <RunbookPage key={name} name={name} />;
}

function ScheduleRoute() {
  const { name } = schedule.useParams();
  return <SchedulePage key={name} name={name} />;
}

function JobRoute() {
  const { jobId } = job.useParams();
  return <JobPage key={jobId} id={jobId} />;
}

export const makeRouter = () =>
  createRouter({
    routeTree: root.addChildren([home, plan, write, runbooks, runbook, schedules, schedule, job]),
    defaultPreload: false,
    scrollRestoration: true,
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
