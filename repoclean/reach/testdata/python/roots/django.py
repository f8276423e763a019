import django
from django.conf import settings

settings.configure(
    DEBUG=True,
    SECRET_KEY="x",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.admin", "django.contrib.messages"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}],
    ROOT_URLCONF="__main__",
    USE_TZ=True,
)
django.setup()

from django.contrib import admin
from django.core.management import call_command
from django.template import Context, Template
from django.urls import path
from django.test import RequestFactory

urlpatterns = [path("admin/", admin.site.urls)]
call_command("migrate", verbosity=0)
call_command("check")
admin.autodiscover()
Template("{% load i18n %}{% for x in y %}{{ x|title }}{% endfor %}").render(Context({"y": ["a"]}))
from django.contrib.auth.models import User

User.objects.create_user("a", password="b")
RequestFactory().get("/")
from django.test import Client

Client().get("/admin/login/", headers={"host": "localhost"})
