"""Why the demo stops.

::

    OneClickError
    ├── DemoFailed       something isn't as it should be
    └── SampleMissing    the sample file isn't installed
"""

from oneclick.core.errors import ErrorKind, OneClickError


class DemoFailed(OneClickError):
    """The demo came to something that isn't as it should be."""

    code = "demo_failed"


class SampleMissing(OneClickError):
    """The sample file isn't installed."""

    code = "sample_missing"
    kind = ErrorKind.NOT_FOUND
    hint = "Install it: pip install 'one-click-dwh[demo]', or use your own file: oneclick demo --file PATH"
