"""Pyramid behind nginx, below /shop:

    python3 -m wserve --listen=127.0.0.1:8080 --url-prefix=/shop --trusted-proxy=127.0.0.1 \
        --trusted-proxy-headers="x-forwarded-for x-forwarded-proto" --call pyramid_app:make

and in nginx:

    location /shop {
        proxy_pass http://127.0.0.1:8080;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
"""
from pyramid.config import Configurator
from pyramid.response import Response


def home(request):
    return Response(f"You are {request.remote_addr}; this is {request.route_url('home')}\n", content_type="text/plain")


def make():
    with Configurator() as config:
        config.add_route("home", "/")
        config.add_view(home, route_name="home")
        return config.make_wsgi_app()
