// SPDX-License-Identifier: Apache-2.0
import { ActionIcon, Box, Container, Group, Text, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { versionQuery } from "../api/queries";
import { FreezeBanner, FreezeButton } from "./Freeze";
import classes from "./Shell.module.css";

/** What every page stands in: name, colour scheme, content. */
export function Shell() {
  const version = useQuery(versionQuery);
  return (
    <Box className={classes.page}>
      <a className={classes.skip} href="#content">
        Skip to content
      </a>
      <header className={classes.header}>
        <Container size="xl" h="100%">
          <Group h="100%" justify="space-between">
            <Link to="/" className={classes.brand}>
              <img src="/favicon.svg" alt="" width={28} height={28} />
              <Text component="span" fw={700} fz="lg" visibleFrom="xs">
                OpsConductor
              </Text>
            </Link>
            <Group gap="md">
              <Group component="nav" gap="md" aria-label="Main">
                <Link to="/write" className={classes.link}>
                  Write a plan
                </Link>
                <Link to="/runbooks" className={classes.link}>
                  Runbooks
                </Link>
                <Link to="/schedules" className={classes.link}>
                  Schedules
                </Link>
              </Group>
              {version.data && (
                <Text size="xs" className="quiet" visibleFrom="md">
                  {version.data.opsconductor} · ansible-core {version.data.ansible_core}
                </Text>
              )}
              <FreezeButton />
              <SchemeButton />
            </Group>
          </Group>
        </Container>
      </header>
      <FreezeBanner />
      <Container component="main" id="content" size="xl" py="xl">
        <Outlet />
      </Container>
    </Box>
  );
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={dark ? "Use light colours" : "Use dark colours"}
      onClick={() => setColorScheme(dark ? "light" : "dark")}
    >
      {dark ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
    </ActionIcon>
  );
}
