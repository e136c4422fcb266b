// SPDX-License-Identifier: Apache-2.0
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

export function NotFoundPage() {
  return (
    <Stack align="center" py={80}>
      <Title order={1} size="h2">
        There is no such page
      </Title>
      <Text className="quiet">The address may be mistyped, or from another version.</Text>
      <Anchor component={Link} to="/">
        Go to the start
      </Anchor>
    </Stack>
  );
}
