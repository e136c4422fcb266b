// SPDX-License-Identifier: Apache-2.0
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { NotFoundPage } from "./components/NotFoundPage";
import { Shell } from "./components/Shell";
import { HomePage } from "./features/home/HomePage";
import { JobPage } from "./features/jobs/JobPage";
import { PlanPage } from "./features/plans/PlanPage";

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
const job = createRoute({ getParentRoute: () => root, path: "/jobs/$jobId", component: JobRoute });

// The key makes another plan or job a page of its own: nothing of the one before stays.
function PlanRoute() {
  const { planId } = plan.useParams();
  return <PlanPage key={planId} id={planId} />;
}

function JobRoute() {
  const { jobId } = job.useParams();
  return <JobPage key={jobId} id={jobId} />;
}

export const makeRouter = () =>
  createRouter({ routeTree: root.addChildren([home, plan, job]), defaultPreload: false, scrollRestoration: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
