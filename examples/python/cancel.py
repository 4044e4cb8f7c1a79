"""Work that stops when its client has left: an SQL query is interrupted, so that nobody pays for what nobody reads."""
import sqlite3

from wserve import serve, when_gone

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n"


def app(environ, start_response):
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        with when_gone(environ, connection.interrupt):
            (count,) = connection.execute(SLOW, (int(environ["QUERY_STRING"] or 1000000),)).fetchone()
    except sqlite3.OperationalError:
        print("the client has left: the query was interrupted", flush=True)
        count = 0
    finally:
        connection.close()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{count}\n".encode()]


if __name__ == "__main__":
    serve(app, listen="127.0.0.1:8080")
