// SPDX-License-Identifier: Apache-2.0
import { SimpleGrid, Stack } from "@mantine/core";
import { RecentJobs } from "../jobs/RecentJobs";
import { RecentPlans } from "../plans/RecentPlans";
import { RequestBox } from "./RequestBox";

/** Say it; below, what was said and done lately. */
export function HomePage() {
  return (
    <Stack gap="xl">
      <RequestBox />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <RecentJobs />
        <RecentPlans />
      </SimpleGrid>
    </Stack>
  );
}
