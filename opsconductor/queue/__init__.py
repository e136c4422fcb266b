# SPDX-License-Identifier: Apache-2.0
"""Who is told that there is work for a dispatcher."""
