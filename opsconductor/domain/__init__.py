# SPDX-License-Identifier: Apache-2.0
"""Pure, frozen types of the product's nouns: no I/O, no framework but pydantic."""
