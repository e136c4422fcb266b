# SPDX-License-Identifier: Apache-2.0
"""Templates, and playbooks rendered from them: catalogue, render, structure, digest, repository, lint."""
