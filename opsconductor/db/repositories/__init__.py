# SPDX-License-Identifier: Apache-2.0
"""All SQL, one noun per module: a repository takes a Session, returns domain types and never commits."""
