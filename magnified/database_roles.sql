-- What each process may do in the database, on PostgreSQL. `manage.py database_roles` runs this at each release, as the
-- owner of the tables, with the roles that PUBLIC_DATABASE_URL, STAFF_DATABASE_URL and WORKER_DATABASE_URL name.
--
-- No process owns a table, so none can cut the log, switch a trigger off or give itself a right (promises P31, P38).
-- Whatever is not named here is denied.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {public}, {staff}, {worker};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {public}, {staff}, {worker};

-- What PostgreSQL lets anybody do who may connect, and no process needs: fill the disk, or leave things behind.
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN  -- they belong to whoever made the cluster
        REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid), pg_catalog.lo_creat(integer),
            pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;
    END IF;
END $$;

-- public: reads what is published and the calendar, and adds what visitors send. Of inquiries it sees only the thread
-- that it presents a hash of (admissions/services/row_security.py), and of that thread no staff note.

-- Never what staff say to each other. Drafts are rows of content_revision, next to what was published: this role could
-- read them, and no page of the public process does.
GRANT SELECT ON
    content_article, content_article_topics, content_centre, content_formeraddress, content_formerreviewerslug,
    content_formertopicslug, content_helpline, content_notice, content_picture, content_reviewer, content_revision,
    content_searchentry, content_searchword, content_signoff, content_source, content_term, content_topic
    TO {public};
GRANT SELECT (article_id, answered_on), INSERT ON content_readeranswer TO {public};  -- to count them
GRANT SELECT ON
    admissions_closedday, admissions_load, admissions_look, admissions_openinghours, admissions_pause, admissions_shift,
    admissions_weeklyfigures, admissions_written_load
    TO {public};
-- Never `kind`, `hold` or whatever else staff decide.
GRANT SELECT, INSERT, UPDATE (
    status, version, promised_by, promise_broken_on, promise_withdrawn_on, handled_on, do_not_contact, next_at,
    closed_as, by_phone, good_from, good_until, tries, is_number_wrong, claimed_by_id, claimed_until, return_hash, visitor_public_key, token_hash, body_hmac
) ON admissions_inquiry TO {public};
GRANT SELECT, INSERT, DELETE ON admissions_message TO {public};
GRANT SELECT, INSERT, UPDATE (visitor_wrap), DELETE ON admissions_messagekey TO {public};
GRANT SELECT (id, inquiry_id), INSERT, DELETE ON admissions_alert TO {public};
GRANT SELECT (id, inquiry_id, number, way, outcome, at) ON admissions_attempt TO {public};  -- never by whom
-- To destroy them, never to read them.
GRANT SELECT (id, inquiry_id), INSERT, DELETE ON admissions_staffnote TO {public};
GRANT SELECT (note_id), INSERT, DELETE ON admissions_staffnotekey TO {public};
GRANT SELECT (id, inquiry_id), DELETE ON admissions_keptform TO {public};
GRANT SELECT (form_id), DELETE ON admissions_keptformkey TO {public};

-- staff: reads and writes everything, but for the log of looks: it adds to that, and changes nothing in it.

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {staff};
REVOKE UPDATE, DELETE ON admissions_disclosure FROM {staff};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {staff};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {staff};

-- worker: sees which inquiries wait and until when, never a text, a key, an account's password or a session. It
-- destroys what is over.

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {worker};
GRANT SELECT ON
    admissions_closedday, admissions_load, admissions_openinghours, admissions_pause, admissions_shift
    TO {worker};
GRANT SELECT, DELETE, UPDATE (
    version, promise_broken_on, promise_withdrawn_on, next_at, same_as_id, return_hash, visitor_public_key, token_hash, body_hmac
) ON admissions_inquiry TO {worker};
GRANT SELECT (id, inquiry_id, number), DELETE ON admissions_message TO {worker};
GRANT SELECT (id, inquiry_id, number), DELETE ON admissions_staffnote TO {worker};
-- To count those of a week, never who called and how it went.
GRANT SELECT (id, inquiry_id, number, way, at, kept_promise), DELETE ON admissions_attempt TO {worker};
GRANT SELECT, INSERT ON admissions_weeklyfigures TO {worker};
GRANT SELECT (id, inquiry_id, used_at), DELETE ON admissions_keptform TO {worker};
-- MAINTAIN: to write the tables of keys anew, without those that were destroyed (`retention.wipe_freed_space`).
GRANT SELECT (message_id), DELETE, MAINTAIN ON admissions_messagekey TO {worker};
GRANT SELECT (note_id), DELETE, MAINTAIN ON admissions_staffnotekey TO {worker};
GRANT SELECT (form_id), DELETE, MAINTAIN ON admissions_keptformkey TO {worker};
GRANT SELECT, INSERT, UPDATE, DELETE ON admissions_alert, admissions_nightlyrun TO {worker};
GRANT SELECT (number, digest, record, action, at) ON admissions_disclosure TO {worker};  -- has anybody looked? never who
GRANT SELECT (expire_date), DELETE ON django_session TO {worker};  -- those that are over
GRANT SELECT (id, email, is_active) ON auth_user TO {worker};  -- of editors who are told that something waits
GRANT SELECT ON {content_tables} TO {worker};  -- all of `content`, for the nightly checks
GRANT INSERT, UPDATE, DELETE ON content_link TO {worker};
GRANT INSERT, DELETE ON content_livefinding TO {worker};
GRANT DELETE ON content_announcement TO {worker};
GRANT UPDATE (next_try), DELETE ON content_staffmail TO {worker};
GRANT UPDATE (archived_at, deleted_at, deleted_by_id, translation_of_id), DELETE ON content_article TO {worker};
-- What goes with an article out of the trash.
GRANT DELETE ON
    {block_tables}, content_article_topics, content_comment, content_formeraddress, content_handover, content_openform,
    content_readeranswer, content_relatedarticle, content_revision, content_searchentry, content_sharelink,
    content_shareopening, content_signoff, content_usage, content_waiver
    TO {worker};
