# SPDX-License-Identifier: Apache-2.0
"""`python -m opsconductor.simulate.windows`: the command `opsc simulate windows` without the rest."""

from opsconductor.simulate.cli import windows_app

if __name__ == "__main__":
    windows_app()
