# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with the lab."""


class LabError(Exception):
    """The lab failed at something it should be able to do; the message carries the tool's own words."""


class LabUnavailable(LabError):
    """This machine cannot carry lab hosts; the message says why in one line."""
