"""Frameworks of others behind nginx, below a prefix: what they say about themselves is what the browser sees."""
import contextlib
import unittest
from wsgiref.validate import validator

from proxies import nginx
from support import Client, client_of, serving

HEADERS = ["proxy_set_header Host $host;", "proxy_set_header X-Forwarded-For $remote_addr;",
           "proxy_set_header X-Forwarded-Proto https;"]
BEHIND = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto",
          "url_prefix": "/shop"}
UPLOAD = ("--x\r\nContent-Disposition: form-data; name=\"what\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"
          + "z" * 100000 + "\r\n--x--\r\n").encode()


def flask_app():
    import flask
    app = flask.Flask("shop")

    @app.get("/items/<int:number>")
    def item(number):
        return flask.url_for("item", number=number + 1, _external=True)

    @app.post("/upload")
    def upload():
        return str(len(flask.request.files["what"].read()))

    @app.get("/stream")
    def stream():
        return flask.Response((f"data: {i}\n\n" for i in range(3)), mimetype="text/event-stream")

    return app


def django_app():
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import path, reverse

    def item(request, number):
        return HttpResponse(request.build_absolute_uri(reverse("item", args=[number + 1])))

    def upload(request):
        return HttpResponse(str(len(request.FILES["what"].read())))

    def stream(request):
        return StreamingHttpResponse((f"data: {i}\n\n" for i in range(3)), content_type="text/event-stream")

    class Urls:
        urlpatterns = [path("items/<int:number>", item, name="item"), path("upload", upload), path("stream", stream)]

    settings.configure(ROOT_URLCONF=Urls, ALLOWED_HOSTS=["*"], SECRET_KEY="x", DEFAULT_CHARSET="utf-8")
    django.setup()
    return get_wsgi_application()


def pyramid_app():
    from pyramid.config import Configurator
    from pyramid.response import Response

    def item(request):
        return Response(request.route_url("item", number=int(request.matchdict["number"]) + 1))

    def upload(request):
        return Response(str(len(request.POST["what"].file.read())))

    def stream(request):
        return Response(app_iter=(f"data: {i}\n\n".encode() for i in range(3)), content_type="text/event-stream")

    with Configurator() as config:
        for name, pattern, view in (("item", "/items/{number}", item), ("upload", "/upload", upload),
                                    ("stream", "/stream", stream)):
            config.add_route(name, pattern)
            config.add_view(view, route_name=name)
        return config.make_wsgi_app()


class BehindNginx(unittest.TestCase):
    @contextlib.contextmanager
    def front(self, app):
        with serving(app, **BEHIND) as server, nginx(server.effective_port, *HEADERS) as port:
            with Client(("127.0.0.1", port)) as client:
                yield client

    def check(self, app):
        """By itself, and inside of what finds fault with both sides of the interface."""
        self.check_as_it_is(app)
        with self.assertNoLogs("wserve", "ERROR"):
            self.check_as_it_is(validator(app))

    def check_as_it_is(self, app):
        with self.front(app) as client:
            self.assertEqual(client.ask("/shop/items/7").body, b"https://example.com/shop/items/8")
            answer = client.ask("/shop/upload", "POST", ["Content-Type: multipart/form-data; boundary=x"], UPLOAD)
            self.assertEqual(answer.body, b"100000")
            self.assertEqual(client.ask("/shop/stream").body, b"data: 0\n\ndata: 1\n\ndata: 2\n\n")
            self.assertEqual(client.ask("/shop/nowhere").status, 404)

    def test_flask(self):
        self.check(flask_app())

    def test_django(self):
        self.check(django_app())

    def test_pyramid(self):
        self.check(pyramid_app())

    def test_paste_and_webtest(self):
        from paste.urlmap import URLMap
        from webtest.debugapp import debug_app
        apps = URLMap()
        apps["/debug"] = debug_app
        for app in (apps, validator(apps)):
            with self.front(app) as client:
                said = client.ask("/shop/debug/x?y=1", "POST", body=b"abc").body
            for line in (b"PATH_INFO: /x\n", b"SCRIPT_NAME: /shop/debug\n", b"QUERY_STRING: y=1\n", b"abc"):
                self.assertIn(line, said)


if __name__ == "__main__":
    unittest.main()
