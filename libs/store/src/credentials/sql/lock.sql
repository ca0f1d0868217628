-- One change at a time: whoever sees a version has seen every lesser one.
select pg_advisory_xact_lock(hashtext('onbehalf.credentials'))
