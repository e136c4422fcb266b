// SPDX-License-Identifier: Apache-2.0
// Requests for a first visit: a check, a change on both platforms, and a whole roll-out.
export const EXAMPLES = [
  {
    label: "Roll out a new version",
    text: "Connect to 25 Windows systems in group 'CIS servers', check if stationcontroller.exe is running, stop the service, copy new file, restart service, verify startup, and log results",
  },
  {
    label: "Update a package",
    text: "Update nginx to latest version on all web servers in 'Production Web' group and restart service",
  },
  {
    label: "Stop a service everywhere",
    text: "Stop 'dataprocessor' service on all servers in 'Data Processing' group",
  },
];
