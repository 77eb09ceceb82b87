"""The REST API's frame: documentation without a CDN, errors in one shape, correlation ids."""

from django.test import Client


def test_the_documentation_needs_no_other_host(client: Client) -> None:
    page = client.get("/api/docs").content.decode()

    assert "/static/ninja/swagger-ui-bundle.js" in page
    assert "//cdn" not in page


def test_static_files_are_served_without_collecting_them(client: Client) -> None:
    answer = client.get("/static/ninja/swagger-ui.css")

    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)


def test_the_answer_carries_the_correlation_id_of_the_request(client: Client) -> None:
    answer = client.get("/api/openapi.json", headers={"X-Correlation-ID": "from-the-caller-1"})

    assert answer["X-Correlation-ID"] == "from-the-caller-1"


def test_a_malformed_correlation_id_is_replaced(client: Client) -> None:
    answer = client.get("/api/openapi.json", headers={"X-Correlation-ID": "x y\x1b"})

    assert len(answer["X-Correlation-ID"]) == 32
