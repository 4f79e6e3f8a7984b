"""For each alert that belongs to no objective: when it fires, and when it must not."""

from typing import Final

from tests.component.observe.promtool import Case

DETECTOR: Final = 'streamflow_job_running_seconds{job_name="fraud-detector"}'
PROCESSOR: Final = 'streamflow_job_running_seconds{job_name="transaction-processor"}'
RESTARTS: Final = 'streamflow_job_restarts{job_name="fraud-detector"}'
CHECKPOINT: Final = 'streamflow_checkpoint_completed_timestamp_seconds{job_name="fraud-detector"}'
FAILED: Final = 'streamflow_checkpoints_failed{job_name="fraud-detector"}'
MANAGERS: Final = "streamflow_taskmanagers"
PRESSURE: Final = 'streamflow_job_backpressured_ratio{job_name="fraud-detector"}'
LAG: Final = 'streamflow_consumer_lag_records{job_name="fraud-detector",topic="transactions.raw",partition="%d"}'
RAW: Final = 'streamflow_records_total{topic="transactions.raw"}'
SCORED: Final = 'streamflow_records_total{topic="transactions.scored"}'
CANARY: Final = 'streamflow_canary_answers_total{result="%s"}'
LETTERS: Final = 'streamflow_dead_letters_total{code="%s"}'
MODEL: Final = 'streamflow_job_control_active{document="model"}'
REFUSED: Final = 'streamflow_job_control_refused:rate1m{document="%s"}'
MARKED: Final = 'streamflow_job_marked:rate1m{mark="%s"}'
UP_TO_DATE: Final = 'streamflow_probe_up_to_date{source="%s"}'
BUILD: Final = 'streamflow_probe_build_info{version="1"}'
UP: Final = 'up{job="%s"}'
RULE_FAILURES: Final = 'prometheus_rule_evaluation_failures_total{rule_group="%s"}'

JOB: Final = (("job_name", "fraud-detector"),)
PROCESSOR_JOB: Final = (("job_name", "transaction-processor"),)

CASES: Final = [
    Case("JobNotRunning", "it restarts for ever", {DETECTOR: "60+60x5 0x10"}, "8m", fires=True),
    Case("JobNotRunning", "it restarts for ever, not yet", {DETECTOR: "60+60x5 0x10"}, "7m", fires=False),
    Case("JobNotRunning", "nobody knows it", {DETECTOR: "60+60x5 stale"}, "8m", fires=True, labels=JOB),
    Case("JobNotRunning", "another job runs", {PROCESSOR: "60+60x20"}, "8m", fires=True, labels=JOB),
    Case("JobNotRunning", "it runs", {DETECTOR: "60+60x20"}, "15m", fires=False),
    Case("JobNotRunning", "a restart of a minute", {DETECTOR: "60+60x5 0 1+60x10"}, "8m", fires=False),
    Case("JobNotRunning", "a second old at each look, as after many restarts", {DETECTOR: "1x20"}, "15m", fires=False),
    Case("JobNotRunning", "it restarts for ever while another one runs", {DETECTOR: "0x20", PROCESSOR: "60+60x20"}, "8m", fires=True),
    Case("StoreJobNotRunning", "it restarts for ever", {PROCESSOR: "60+60x5 0x20"}, "11m", fires=True, labels=PROCESSOR_JOB),
    Case("StoreJobNotRunning", "not yet", {PROCESSOR: "60+60x5 0x20"}, "10m", fires=False),
    Case("StoreJobNotRunning", "it is gone", {PROCESSOR: "60+60x5 stale", DETECTOR: "60+60x30"}, "20m", fires=True, labels=PROCESSOR_JOB),
    Case("StoreJobNotRunning", "the other one is gone", {DETECTOR: "60+60x5 stale", PROCESSOR: "60+60x30"}, "20m", fires=False),
    Case("StoreJobNotRunning", "it never ran here", {DETECTOR: "60+60x30"}, "20m", fires=False),
    Case("StoreJobNotRunning", "it was taken away two days ago", {PROCESSOR: "60x2 stale"}, "52h", fires=False, interval="1h"),
    Case("StoreJobNotRunning", "a second old at each look", {PROCESSOR: "1x30"}, "20m", fires=False),
    Case("StoreJobNotRunning", "the detector does not run", {PROCESSOR: "60+60x30", DETECTOR: "0x30"}, "20m", fires=False),
    Case("StoreJobNotRunning", "gone for ten hours", {PROCESSOR: "60x2 stale"}, "12h", fires=True, labels=PROCESSOR_JOB, interval="1h"),
    Case("JobRestarting", "three restarts", {RESTARTS: "0 0 1 1 2 2 3 3x20"}, "10m", fires=True, labels=JOB),
    Case("JobRestarting", "two restarts", {RESTARTS: "0 0 1 1 2 2 2 2x20"}, "10m", fires=False),
    Case("JobRestarting", "three restarts in an hour", {RESTARTS: "0x20 1x20 2x20 3x20"}, "65m", fires=False),
    Case("JobRestarting", "three restarts, and a new JobManager", {RESTARTS: "0 3 0x20"}, "10m", fires=True, labels=JOB),
    Case("JobRestarting", "a new JobManager, long ago", {RESTARTS: "5x5 0x60"}, "40m", fires=False),
    Case("CheckpointTooOld", "the last one at 5 minutes", {CHECKPOINT: "0+60x5 300x30"}, "18m", fires=True),
    Case("CheckpointTooOld", "not yet", {CHECKPOINT: "0+60x5 300x30"}, "17m", fires=False),
    Case("CheckpointTooOld", "one every minute", {CHECKPOINT: "0+60x40"}, "30m", fires=False),
    Case("CheckpointTooOld", "one every nine minutes", {CHECKPOINT: "0x9 540x9 1080x9 1620x9"}, "26m", fires=False),
    Case("CheckpointTooOld", "of another job", {CHECKPOINT.replace("fraud-detector", "other"): "0x60"}, "30m", fires=False),
    Case(
        "CheckpointsFailing",
        "three fail, and no other",
        {FAILED: "5 5 6 7 8 8x10", CHECKPOINT: "0+60x2 120x20"},
        "8m",
        fires=True,
        labels=JOB,
    ),
    Case("CheckpointsFailing", "two fail", {FAILED: "5 5 6 7 7 7x10", CHECKPOINT: "0+60x2 120x20"}, "8m", fires=False),
    Case("CheckpointsFailing", "three in an hour", {FAILED: "0x20 1x20 2x20 3x20", CHECKPOINT: "0x80"}, "65m", fires=False),
    Case(
        "CheckpointsFailing",
        "three at a start, and then one that does not",
        {FAILED: "0 1 2 3 3x10", CHECKPOINT: "0x3 240+60x20"},
        "8m",
        fires=False,
    ),
    Case(
        "CheckpointsFailing", "the last good one 100 s ago", {FAILED: "5 5 6 7 8 8x10", CHECKPOINT: "380x20"}, "8m", fires=True, labels=JOB
    ),
    Case("CheckpointsFailing", "the last good one 40 s ago", {FAILED: "5 5 6 7 8 8x10", CHECKPOINT: "440x20"}, "8m", fires=False),
    Case("CheckpointsFailing", "and a new JobManager", {FAILED: "0 3 0x20", CHECKPOINT: "0x20"}, "10m", fires=True, labels=JOB),
    Case("CheckpointsFailing", "a new JobManager, long ago", {FAILED: "5x5 0x60", CHECKPOINT: "0x80"}, "40m", fires=False),
    Case("TaskManagerLost", "two of three", {MANAGERS: "3x10 2x30"}, "16m", fires=True),
    Case("TaskManagerLost", "not yet", {MANAGERS: "3x10 2x30"}, "15m", fires=False),
    Case("TaskManagerLost", "one came back", {MANAGERS: "3x10 2x2 3x30"}, "20m", fires=False),
    Case("TaskManagerLost", "there is one more", {MANAGERS: "3x10 4x30"}, "20m", fires=False),
    Case("TaskManagerLost", "made smaller long ago", {MANAGERS: "3x10 2x120"}, "90m", fires=False),
    Case("BackPressure", "most of the time", {PRESSURE: "0.6x30"}, "10m", fires=True, labels=JOB),
    Case("BackPressure", "not yet", {PRESSURE: "0.6x30"}, "9m", fires=False),
    Case("BackPressure", "some of the time", {PRESSURE: "0.4x30"}, "20m", fires=False),
    Case(
        "ConsumerLagGrowing",
        "two partitions together",
        {LAG % 0: "0+4000x60", LAG % 1: "0+4000x60"},
        "23m",
        fires=True,
        labels=JOB,
    ),
    Case("ConsumerLagGrowing", "not yet", {LAG % 0: "0+4000x60", LAG % 1: "0+4000x60"}, "22m", fires=False),
    Case("ConsumerLagGrowing", "it shrinks", {LAG % 0: "900000-4000x60"}, "30m", fires=False),
    Case("ConsumerLagGrowing", "small, and growing", {LAG % 0: "0+1000x60"}, "50m", fires=False),
    Case("ConsumerLagGrowing", "by one a second", {LAG % 0: "200000+60x60"}, "30m", fires=True, labels=JOB),
    Case("ConsumerLagGrowing", "it grew, and shrinks now", {LAG % 0: "0+4000x59 240000-1000x60"}, "90m", fires=False),
    Case("TrafficSurge", "ten times", {RAW: "0+1200x80 97200+12000x40", BUILD: "1x200"}, "92m", fires=True),
    Case("TrafficSurge", "four times", {RAW: "0+1200x80 97200+4800x40", BUILD: "1x200"}, "95m", fires=False),
    Case("TrafficSurge", "ten times, and soon over", {RAW: "0+1200x80 97200+12000x3 133200+1200x40", BUILD: "1x200"}, "89m", fires=False),
    Case("TrafficSurge", "ten times hardly anything", {RAW: "0+60x80 4860+600x40", BUILD: "1x200"}, "92m", fires=False),
    Case("TrafficSurge", "a new system", {RAW: "0+60000x80", BUILD: "1x80"}, "30m", fires=False),
    Case("TrafficSurge", "decisions alone", {SCORED: "0+1200x80 97200+12000x40", RAW: "0+1200x120", BUILD: "1x200"}, "92m", fires=False),
    Case("TrafficSurge", "to 100 a second", {RAW: "0+600x80 48600+6000x40", BUILD: "1x200"}, "92m", fires=True),
    Case("TrafficSurge", "to 30 a second", {RAW: "0+180x80 14580+1800x40", BUILD: "1x200"}, "92m", fires=False),
    Case("TrafficSurge", "beside many answers", {RAW: "0+1200x80 97200+12000x40", SCORED: "0+3600x120", BUILD: "1x200"}, "92m", fires=True),
    Case("TrafficSurge", "not yet", {RAW: "0+1200x80 97200+12000x40", BUILD: "1x200"}, "86m", fires=False),
    Case("CanaryUnanswered", "three are missing", {CANARY % "missing": "0 0 1 2 3 3x10", CANARY % "right": "0+6x20"}, "6m", fires=True),
    Case("CanaryUnanswered", "three are wrong", {CANARY % "wrong": "0 0 1 2 3 3x10"}, "6m", fires=True),
    Case("CanaryUnanswered", "one is missing", {CANARY % "missing": "0 0 1 1x20", CANARY % "right": "0+6x20"}, "6m", fires=False),
    Case("CanaryUnanswered", "all are right", {CANARY % "missing": "0x20", CANARY % "right": "0+6x20"}, "6m", fires=False),
    Case("CanaryUnanswered", "three, long ago", {CANARY % "missing": "0 0 1 2 3 3x30"}, "20m", fires=False),
    Case("DeadLetterFlood", "from none", {LETTERS % "NOT_JSON": "0x80 0+600x40", BUILD: "1x200"}, "86m", fires=True),
    Case(
        "DeadLetterFlood",
        "of one code of two",
        {LETTERS % "NOT_JSON": "0+6x80 486+600x40", LETTERS % "TOO_DEEP": "0+1x120", BUILD: "1x200"},
        "90m",
        fires=True,
    ),
    Case("DeadLetterFlood", "five times", {LETTERS % "NOT_JSON": "0+60x80 4860+300x40", BUILD: "1x200"}, "90m", fires=False),
    Case("DeadLetterFlood", "as always", {LETTERS % "NOT_JSON": "0+600x120", BUILD: "1x200"}, "90m", fires=False),
    Case("DeadLetterFlood", "ten times hardly any", {LETTERS % "NOT_JSON": "0x80 0+12x40", BUILD: "1x200"}, "90m", fires=False),
    Case("DeadLetterFlood", "a new system", {LETTERS % "NOT_JSON": "0+600x120", BUILD: "1x80"}, "30m", fires=False),
    Case("DeadLetterFlood", "a burst of a minute", {LETTERS % "NOT_JSON": "0x80 300x40", BUILD: "1x200"}, "82m", fires=False),
    Case("DeadLetterFlood", "twenty times", {LETTERS % "NOT_JSON": "0+60x80 4860+1200x40", BUILD: "1x200"}, "90m", fires=True),
    Case("DeadLetterFlood", "one a second, from none", {LETTERS % "NOT_JSON": "0x80 0+60x40", BUILD: "1x200"}, "90m", fires=True),
    Case(
        "DeadLetterFlood",
        "as half an hour ago",
        {LETTERS % "NOT_JSON": "0+60x29 1800+1200x29 36600+60x20 37800+1200x40", BUILD: "1x200"},
        "90m",
        fires=False,
    ),
    Case("ProducerClockAhead", "one in fifty", {LETTERS % "FUTURE_TIMESTAMP": "0+12x20", RAW: "0+600x20"}, "8m", fires=True),
    Case("ProducerClockAhead", "one in two hundred", {LETTERS % "FUTURE_TIMESTAMP": "0+3x20", RAW: "0+600x20"}, "8m", fires=False),
    Case("ProducerClockAhead", "other faults", {LETTERS % "NOT_JSON": "0+60x20", RAW: "0+600x20"}, "8m", fires=False),
    Case("ProducerClockAhead", "a short while", {LETTERS % "FUTURE_TIMESTAMP": "0x5 12x20", RAW: "0+600x30"}, "6m", fires=False),
    Case(
        "ProducerClockAhead",
        "beside many answers",
        {LETTERS % "FUTURE_TIMESTAMP": "0+12x20", RAW: "0+600x20", SCORED: "0+6000x20"},
        "8m",
        fires=True,
    ),
    Case("ProducerClockAhead", "not yet", {LETTERS % "FUTURE_TIMESTAMP": "0+12x20", RAW: "0+600x20"}, "2m", fires=False),
    Case("ModelRemoved", "it is gone", {MODEL: "7x10 0x20"}, "16m", fires=True, labels=(("document", "model"),)),
    Case("ModelRemoved", "not yet", {MODEL: "7x10 0x20"}, "15m", fires=False),
    Case("ModelRemoved", "another one", {MODEL: "7x10 8x20"}, "20m", fires=False),
    Case("ModelRemoved", "there never was one", {MODEL: "0x30"}, "20m", fires=False),
    Case("ModelRemoved", "two days ago", {MODEL: "7x2 0x100"}, "52h", fires=False, interval="1h"),
    Case("ModelRemoved", "the shadow is gone", {MODEL.replace("model", "shadow"): "7x10 0x20"}, "20m", fires=False),
    Case("ModelRemoved", "the first one is gone", {MODEL: "1x10 0x20"}, "16m", fires=True, labels=(("document", "model"),)),
    Case("ModelRemoved", "ten hours ago", {MODEL: "7x2 0x20"}, "12h", fires=True, labels=(("document", "model"),), interval="1h"),
    Case(
        "ControlDocumentRefused",
        "a model",
        {REFUSED % "model": "0x5 0.1x5", REFUSED % "rules": "0x10"},
        "7m",
        fires=True,
        labels=(("document", "model"),),
    ),
    Case("ControlDocumentRefused", "nothing", {REFUSED % "model": "0x10"}, "7m", fires=False),
    Case("CustomerStateReset", "some", {MARKED % "state_reset": "0x5 0.1x5"}, "7m", fires=True),
    Case("CustomerStateReset", "late events", {MARKED % "state_reset": "0x10", MARKED % "late": "5x10"}, "7m", fires=False),
    Case("KafkaUnreachable", "it is away", {UP_TO_DATE % "kafka": "1x5 0x10"}, "8m", fires=True, labels=(("source", "kafka"),)),
    Case("KafkaUnreachable", "not yet", {UP_TO_DATE % "kafka": "1x5 0x10"}, "7m", fires=False),
    Case("KafkaUnreachable", "PostgreSQL is away", {UP_TO_DATE % "kafka": "1x20", UP_TO_DATE % "postgres": "0x20"}, "9m", fires=False),
    Case("PostgresUnreachable", "it is away", {UP_TO_DATE % "postgres": "1x5 0x10"}, "8m", fires=True, labels=(("source", "postgres"),)),
    Case("PostgresUnreachable", "not yet", {UP_TO_DATE % "postgres": "1x5 0x10"}, "7m", fires=False),
    Case("PostgresUnreachable", "Kafka is away", {UP_TO_DATE % "kafka": "0x20"}, "9m", fires=False),
    Case("ProbeDown", "it does not answer", {UP % "probe": "1x5 0x10", UP % "flink": "1x20"}, "8m", fires=True),
    Case("ProbeDown", "nobody asks it", {UP % "flink": "1x20"}, "8m", fires=True),
    Case("ProbeDown", "not yet", {UP % "probe": "1x5 0x10"}, "7m", fires=False),
    Case("ProbeDown", "it answers", {UP % "probe": "1x20"}, "8m", fires=False),
    Case("TargetDown", "a process does not answer", {UP % "flink": "1x5 0x10"}, "11m", fires=True, labels=(("job", "flink"),)),
    Case("TargetDown", "not yet", {UP % "flink": "1x5 0x10"}, "10m", fires=False),
    Case("TargetDown", "it answers", {UP % "flink": "1x20"}, "11m", fires=False),
    Case("RulesNotEvaluated", "of one group", {RULE_FAILURES % "a": "0+1x20", RULE_FAILURES % "b": "0x20"}, "9m", fires=True),
    Case("RulesNotEvaluated", "not yet", {RULE_FAILURES % "a": "0x5 0+1x20"}, "10m", fires=False),
    Case("RulesNotEvaluated", "long ago", {RULE_FAILURES % "a": "0 9x40"}, "30m", fires=False),
    Case("RulesNotEvaluated", "once", {RULE_FAILURES % "a": "0x3 1x20"}, "10m", fires=True),
    Case("Watchdog", "always", {UP % "probe": "1x20"}, "0m", fires=True),
]
