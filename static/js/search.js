// Somebody searched for words of danger: the history of this device need not list them. Needs no answer from a server.
history.replaceState(null, "", location.pathname);
