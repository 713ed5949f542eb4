from datetime import timedelta

from django.db import models
from django.utils import timezone

from admissions.models.holds import Holds

LEASE = timedelta(hours=3)  # after that, whoever began the job has died
REMEMBERED = timedelta(days=7)


class NightlyRunQuerySet(models.QuerySet["NightlyRun"]):
    def begin(self, job: str) -> bool:
        """Whether today's run of this job is the caller's: nobody has done it, and no other worker is at it."""
        now, today = timezone.now(), timezone.localdate()
        run, is_first = self.get_or_create(job=job, day=today)
        if is_first:
            self.filter(day__lt=today - REMEMBERED).delete()
            return True
        left = self.filter(pk=run.pk, is_done=False, begun_at__lt=now - LEASE)
        return left.update(begun_at=now) == 1

    def finish(self, job: str) -> None:
        self.filter(job=job, is_done=False).update(is_done=True)

    def give_back(self, job: str) -> None:
        """It was not done: whoever asks next begins it."""
        self.filter(job=job, is_done=False).delete()


class NightlyRun(models.Model):
    """One row a day and job, so that two workers, or one that starts again, do the night's work once."""

    job = models.CharField(max_length=40)
    day = models.DateField()
    begun_at = models.DateTimeField(default=timezone.now)
    is_done = models.BooleanField(default=False)

    holds = Holds.by_field(clear="id job day begun_at is_done")
    objects = NightlyRunQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=("job", "day"),
                name="%(app_label)s_%(class)s_once_a_day",
                violation_error_message="This job ran today.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.job}, {self.day}"
