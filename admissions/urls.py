from django.urls import path

from admissions.views import ask, changes, received, visit

app_name = "admissions"
urlpatterns = [
    path("contact/", ask.ask, {"asking": ask.CONTACT}, name="contact"),
    path("request-a-call/", ask.ask, {"asking": ask.CALL}, name="request_a_call"),
    path("chat/", ask.chat, name="chat"),
    path("received/", received.received, name="received"),
    path("return/", visit.return_page, name="return"),
    path("return/add/", changes.add_line, name="add_line"),
    path("return/change/", changes.change_contact_preferences, name="change_contact_preferences"),
    path("return/consent/", changes.take_back_consent, name="take_back_consent"),
    path("return/destroy/", changes.destroy, name="destroy"),
    path("return/stay/", visit.stay, name="stay"),
    path("return/finish/", visit.finish, name="finish"),
]
