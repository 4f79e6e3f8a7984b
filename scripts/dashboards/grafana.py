"""`observability/grafana`: dashboards as Grafana imports them, by Grafana's own types."""

import json
from typing import Any, Final

from grafana_foundation_sdk.builders import bargauge, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard

from scripts.dashboards.source import Dashboard, Panel, dashboards
from streamflow.observe.alerts import RUNBOOKS

GOOD, BAD = "green", "red"

# Happenings that explain a change, as lines across every panel over time: title, query, colour.
ANNOTATIONS: Final = (
    ("Restarts", "changes(streamflow_job_restarts[1m]) > 0", "red"),
    ("Deploys", "resets(streamflow_job_running_seconds[1m]) > 0 unless on (job_name) changes(streamflow_job_restarts[1m]) > 0", "blue"),
    ("Rule pushes", 'changes(streamflow_job_control_active{document="rules"}[1m]) > 0', "purple"),
    ("Model pushes", 'changes(streamflow_job_control_active{document="model"}[1m]) > 0', "orange"),
)

_SOURCE: Final = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
_TAG: Final = "streamflow"
_DOCS: Final = "docs"
_BUILDERS: Final[dict[str, Any]] = {
    "lines": timeseries.Panel,
    "stacked": timeseries.Panel,
    "numbers": stat.Panel,
    "bars": bargauge.Panel,
}


def grafana_files() -> dict[str, str]:
    """Return every dashboard's file by its path in the checkout."""
    return {f"observability/grafana/{page.name}.json": as_json(page) for page in dashboards()}


def as_json(page: Dashboard) -> str:
    """Return a dashboard as Grafana's file has it."""
    built = builders.Dashboard(page.title).uid(f"streamflow-{page.name}").description(page.why).tags([_TAG]).readonly()
    built.refresh("30s").time("now-3h", "now").tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
    built.link(builders.DashboardLink("StreamFlow").type(dashboard.DashboardLinkType.DASHBOARDS).tags([_TAG]).keep_time(True))
    built.with_variable(builders.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    # Where an installation keeps its docs nobody here knows; links to runbooks begin with it.
    built.with_variable(builders.TextBoxVariable(_DOCS).label("Address of the docs").default_value(""))
    for variable in page.variables:
        query = builders.QueryVariable(variable.name).label(variable.label).query(variable.of).datasource(_SOURCE)
        # A rule or a job that is new appears without a reload.
        query.refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        built.with_variable(query.multi(True).include_all(True).all_value(".*"))
    for title, expression, colour in ANNOTATIONS:
        note = builders.AnnotationQuery().name(title).datasource(_SOURCE).enable(True).icon_color(colour)
        built.annotation(note.expr(expression))
    for panel in page.panels:
        built.with_panel(_panel(panel))
    return json.dumps(built.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _panel(panel: Panel) -> Any:
    built = _BUILDERS[panel.kind]().title(panel.question).unit(panel.unit).datasource(_SOURCE).height(8).span(12)
    for number, query in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(ord("A") + number)).datasource(_SOURCE)
        built.with_target(target.instant() if panel.kind in ("numbers", "bars") else target.range())
    built.thresholds(_thresholds(panel))
    if panel.runbook:
        page = f"{RUNBOOKS}/{panel.runbook}.md"
        link = builders.DashboardLink("Runbook").type(dashboard.DashboardLinkType.LINK).url(f"${{{_DOCS}}}/{page}")
        built.description(f"Not as it should be? See {page}.").links([link])
    if isinstance(built, timeseries.Panel):
        built.min(0).show_points(common.VisibilityMode.NEVER).thresholds_style(
            common_builders.GraphThresholdsStyleConfig().mode(
                common.GraphThresholdsStyleMode.DASHED if _has_bound(panel) else common.GraphThresholdsStyleMode.OFF
            )
        )
        if panel.kind == "stacked":
            built.fill_opacity(40).stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))
    return built


def _has_bound(panel: Panel) -> bool:
    return panel.bad_above is not None or panel.bad_below is not None


def _thresholds(panel: Panel) -> Any:
    steps = [dashboard.Threshold(value=None, color=GOOD)]
    if panel.bad_above is not None:
        steps.append(dashboard.Threshold(value=panel.bad_above, color=BAD))
    if panel.bad_below is not None:
        steps = [dashboard.Threshold(value=None, color=BAD), dashboard.Threshold(value=panel.bad_below, color=GOOD)]
    return builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)
