"""Django in one file: python3 -m wserve --listen=127.0.0.1:8080 django_app:app"""
import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path, reverse


def home(request):
    return HttpResponse(f"This is {request.build_absolute_uri(reverse('home'))}\n", content_type="text/plain")


urlpatterns = [path("", home, name="home")]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="change me")
django.setup()
app = get_wsgi_application()
