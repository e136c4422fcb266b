// SPDX-License-Identifier: Apache-2.0
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./styles.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ProblemError } from "./api/client";
import { makeRouter } from "./router";
import { theme } from "./theme";

// A refusal stays one; only a server that does not answer is asked again.
const retry = (failures: number, error: Error) => !(error instanceof ProblemError) && failures < 3;
const queries = new QueryClient({ defaultOptions: { queries: { retry, staleTime: 2000 } } });
const router = makeRouter();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="top-right" />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
