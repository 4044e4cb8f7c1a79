"""What deploy.ini serves."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['wsgi.url_scheme']} {environ['SCRIPT_NAME']} {environ['PATH_INFO']}\n".encode()]


def make(global_conf, **settings):
    """paste.app_factory"""
    return app
