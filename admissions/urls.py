from django.urls import path

from admissions import views

app_name = "admissions"
urlpatterns = [
    path("contact/", views.contact, name="contact"),
    path("request-a-call/", views.request_a_call, name="request_a_call"),
    path("chat/", views.chat, name="chat"),
    path("received/", views.received, name="received"),
    path("return/", views.come_back, name="return"),
]
