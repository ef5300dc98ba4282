{%- extends 'base.tpl' -%}

{%- block title -%}
{{ status }} {{ reason }}
{%- endblock -%}

{%- block body -%}
<div class="panel-body" id="error-{{ status }}">{{ message or "The form grader cannot show this page; its log may say why." }}</div>
{%- endblock -%}
