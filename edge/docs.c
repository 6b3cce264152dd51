//  docs - what describes the edge: /openapi.json, /asyncapi.json and the page at /docs that
//  shows the first. Without a token; nothing in them is anybody's.

#include "edge/embedded.h"
#include "edge/resources.h"

static void
s_openapi_render (request_t *self)
{
    out_raw (&self->out, openapi_json, openapi_json_size);
}

static void
s_asyncapi_render (request_t *self)
{
    out_raw (&self->out, asyncapi_json, asyncapi_json_size);
}

static void
s_page_render (request_t *self)
{
    self->content_type = CONTENT_TYPE_PAGE;
    out_raw (&self->out, docs_html, docs_html_size);
}

static void
s_style_render (request_t *self)
{
    self->content_type = "text/css; charset=utf-8";
    out_raw (&self->out, docs_css, docs_css_size);
}

static void
s_script_render (request_t *self)
{
    self->content_type = "text/javascript; charset=utf-8";
    out_raw (&self->out, docs_js, docs_js_size);
}

static const route_t s_routes [] = {
    { "GET", "/openapi.json", .roles = MAY_ANYONE, .render = s_openapi_render },
    { "GET", "/asyncapi.json", .roles = MAY_ANYONE, .render = s_asyncapi_render },
    { "GET", "/docs", .roles = MAY_ANYONE, .render = s_page_render },
    { "GET", "/docs/docs.css", .roles = MAY_ANYONE, .render = s_style_render },
    { "GET", "/docs/docs.js", .roles = MAY_ANYONE, .render = s_script_render },
};
const route_table_t docs_routes = { s_routes, COUNT (s_routes) };
