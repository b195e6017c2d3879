"""A check of ours for schemathesis: a request that fits its schema is never refused for its shape.

Some operations refuse what no schema can tell (a cursor that is not ours, an input that the connector's definition does
not know), so `scripts/check-api.toml` lets them answer 422. What the readers of Sources/Host/API/Reading say of a shape is
still a difference between schema and host.
"""

import re

import schemathesis

SHAPE = re.compile(
    r"must be |^unknown|missing$|given twice|takes no parameters|without control characters"
    r"|letters, digits|whole number|visible ASCII|^at most"
)


@schemathesis.check
def valid_shapes_are_read(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 415, 422):
        return
    if "problem+json" not in "".join(response.headers.get("content-type", [])):
        return
    problem = response.json()
    details = [error["detail"] for error in problem.get("errors", [])] or [problem["detail"]]
    if problem["code"] in ("invalid_input", "invalid_state"):
        details = [detail for detail in details if SHAPE.search(detail)]
    assert not details, f"a request that fits its schema was refused for its shape: {details}"
