from django.urls import path

from admissions import views

app_name = "admissions"
urlpatterns = [
    path("contact/", views.contact, name="contact"),
    path("request-a-call/", views.request_a_call, name="request_a_call"),
    path("chat/", views.chat, name="chat"),
    path("received/", views.received, name="received"),
    path("return/", views.return_page, name="return"),
    path("return/add/", views.add_line, name="add_line"),
    path("return/change/", views.change_contact_preferences, name="change_contact_preferences"),
    path("return/consent/", views.take_back_consent, name="take_back_consent"),
    path("return/destroy/", views.destroy, name="destroy"),
    path("return/stay/", views.stay, name="stay"),
    path("return/finish/", views.finish, name="finish"),
]
