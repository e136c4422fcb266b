# SPDX-License-Identifier: Apache-2.0
"""One file per noun; each has a `router`."""
