# SPDX-License-Identifier: Apache-2.0
"""Targets fetch large files from the controller: over HTTPS, each by an address that is good for it alone, once."""
