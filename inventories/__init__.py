# SPDX-License-Identifier: Apache-2.0
"""Assets in and out: importers, exports and the inventory of one slice."""
