"""Cells that want to leave their place in a page, run in it, or lead somewhere; one a line.

``@HOST@`` is the address of the form grader, ``@EVIL@`` a script's text.
"""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

EVIL = "window.EVIL=1"
COVER = "position:fixed;top:0;left:0;width:9999px;height:9999px;z-index:99999"

# fmt: off
COVERING = [
    '<a class="modal-backdrop fade" href="http://@HOST@/formgrader/manage_students/%22-eval(EVIL=1)-%22#">x</a>',
    '<a class="modal in" href="https://evil.example/" style="display:block">x</a>',
    '<div class="navbar-fixed-top">x</div><div class="help">x</div><p class="sr-only">x</p><p class="pull-right close affix tooltip in">x</p>',
    f'<div style="{COVER}">x</div><a href="https://evil.example/" style="{COVER}">x</a>',
    f"<style>.cell,a{{{COVER}}} .score{{display:none}}</style>x",
    '<div style="margin-top:-900px;margin:-99em;padding:900px;background:red">x</div>',
    '<div style="transform:translate(-500px,-900px) scale(99);opacity:.1;filter:blur(9px)">x</div>',
    '<div style="float:left;width:100vw;height:100vh;display:block;clear:both">x</div>',
    '<p style="height:9999999px">x</p><p style="font-size:999em">x</p><p style="padding:999em">x</p><p style="border:999px solid red">x</p>',
    '<img width="9999999" height="9999999" src="data:image/png;base64,iVBORw0KGgo=" alt="x"><img height="9999" width="9999" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    '<table width="9999999" height="9999999" border="9999" cellpadding="9999" cellspacing="9999"><tr height="9999999"><td colspan="99" rowspan="99" width="9999" height="9999">x</td></tr></table>',
    "<br>" * 1500,
    "x" * 9000 + " " + "\N{COMBINING ZIGZAG ABOVE}\N{COMBINING CARON}" * 900,
    '<details open style="position:absolute;inset:0"><summary style="position:fixed;inset:0">x</summary>' + "<p>x</p>" * 400 + "</details>",
    '<marquee width="9999" height="9999" behavior="alternate">x</marquee><blink>x</blink><center>x</center><font size="99999">x</font>',
    f'<svg width="9999" height="9999" style="{COVER}"><a xlink:href="javascript:{EVIL}"><rect width="9999" height="9999"/></a><foreignObject><p style="{COVER}">x</p></foreignObject></svg>',
    f'<math style="{COVER}" href="javascript:{EVIL}"><mspace width="9999em" height="9999em"/><mtext><p style="{COVER}">x</p></mtext></math>',
    r"$$\rule{900em}{900em}$$ $$\hspace{-90em}\kern-90em x\mspace{-900mu}$$ $\raise{900em}{x}$ $\style{position:fixed}{x}$ $\href{https://evil.example}{x}$ $\class{modal}{x}$ $\bbox[red,99em]{x}$",
    "$\\begin{matrix}" + r"x\\" * 400 + "\\end{matrix}$ and $" + "\\\\ x " * 300 + "$",
    "> " * 200 + "x\n\n" + "- " * 200 + "x",
    "\N{RIGHT-TO-LEFT OVERRIDE}x\N{LEFT-TO-RIGHT ISOLATE}" * 99,
    "```x modal-backdrop fade in\nx\n```\n\n~~~{.modal-backdrop}\nx\n~~~\n\n```python\n" + "x\n" * 1500 + "```",
    '<p align="position:fixed" dir="rtl" lang="x" hidden inert contenteditable draggable="true" popover tabindex="1" accesskey="x" autofocus>x</p><button popovertarget="notebook">x</button>',
    '<p style="animation:x 1s;transition:all 1s;content:url(//evil.example);cursor:url(//evil.example),none;pointer-events:none;position:sticky;top:0">x</p>',
    '<p style="position&colon;fixed;position&#58;fixed;pos\\69tion:fixed;position/**/:/**/fixed;color:red;;}*{position:fixed">x</p>',
]

LEAVING = [
    "</div>" * 12 + f'<a href="https://evil.example/" style="{COVER}">x</a>' + "<div>" * 12,
    f'</td></tr></table></body></html><a class="modal-backdrop" style="{COVER}" href="https://evil.example/">x</a>',
    "<table><tr><td><table></div></div></div><div>x</table></div>x<caption>x<col><tbody><td>x",
    "<plaintext>x",
    "<!-- x --!> <p>y</p> <![CDATA[ <p>x</p> ]]> <?x <p>y</p> ?> <!x>",
    "<textarea>x", "<title>x", "<xmp>x", "<noscript><p title='</noscript><img src=x onerror=@EVIL@>'>x", "<select><option>x", "<template><p>x",
    "<frameset><frame src=x></frameset><iframe srcdoc='<script>parent.EVIL=1</script>'>x", "<object data=x><embed src=x><applet>x", "<listing>x<nobr>x<nobr>x<a>x<a>x",
    "<b><p><a><table><b><p></a><i></table><a></b></i></p>x" * 20,
    "<div>" * 700 + "x",
    "<form id=x action='https://evil.example'><input name=attributes><input class='score tabbable' value=9><button formaction='javascript:@EVIL@'>x</button></form>",
    "<base href='https://evil.example/'><base target='_self'><link rel=stylesheet href='https://evil.example/x.css'><meta http-equiv=refresh content='0;url=https://evil.example/'><meta name=referrer content=unsafe-url>",
]

RUNNING = [
    "<script>@EVIL@</script><img src=x onerror=@EVIL@><svg onload=@EVIL@><body onload=@EVIL@>",
    "<details open ontoggle=@EVIL@>x</details><p onpointerrawupdate=@EVIL@ onmouseover=@EVIL@ style='width:999px'>x</p><audio src=x onerror=@EVIL@><video><source onerror=@EVIL@>",
    '<a href="javascript:@EVIL@" data-toggle="tooltip" data-html="true" data-trigger="hover focus" title="<img src=x onerror=@EVIL@>" class="live-notebook">x</a><ul><li class="next"><a title="<img src=x onerror=@EVIL@>" data-html=true>x</a></li></ul>',
    '<a data-toggle="modal" data-target="<img src=x onerror=@EVIL@>" data-dismiss="alert" data-link="autograde/secret" href="https://evil.example/">x</a><div class="alert alert-info" data-dismiss=alert role=button>x</div>',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=@EVIL@&gt;'>",
    "<p title='\"><img src=x onerror=@EVIL@>'>x</p> <p title=\"`><img src=x onerror=@EVIL@>\">x</p> $\\text{<img src=x onerror=@EVIL@>}$ $<img src=x onerror=@EVIL@>$",
    "![x](https://evil.example/x.png) ![x](//evil.example/x.png) <img src='data:image/svg+xml,<svg onload=@EVIL@>'> <img srcset='https://evil.example/x.png' src=x> <img src='data:image/png;base64,AA==' lowsrc='https://evil.example'>",
    "<p style='background:&#117rl(https://evil.example/x)'>x</p><p style='background:-webkit-cross-fade(&#117;rl(https://evil.example/x),&#117;rl(https://evil.example/y),50%)'>x</p><p style='background:&#105;mage-set(\"https://evil.example/x\" 1x)'>x</p>",
]

CLOBBERING = [
    "<a id=base_url name=base_url>x</a><a id=submission_id name=formgrader href=x>x</a><form id=MathJax><input id=Hub name=Hub></form>",
    "<p id=statusmessage class=statusmessage>x</p><div id=notebook-container><div id=main-table>x</div></div>",
    "<input class='score tabbable' id='ex-2-1'><textarea class='comment tabbable'>x</textarea><button class='full-credit'>x</button><a class='tabbable' tabindex=0>x</a>",
    "# base_url\n\n## statusmessage\n\n<h3 id=notebook>notebook</h3>\n\n[x]: https://evil.example 'title'\n\n[x] [^1]\n\n[^1]: x",
    "<span class='glyphicon glyphicon-eye-open name-hidden'>x</span><span class='name-shown'>x</span><div class='panel nbgrader_cell'><span class='score-saved'>x</span></div>",
]

OWN = ["@HOST@", "127.0.0.1:80", "LOCALHOST", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1.", "localhost.", "a.localhost", "①②⑦.0.0.1", "127。0。0。1", "loc%61lhost", "evil.example@@HOST@", "evil.example:x@@HOST@", "evil.example%40@HOST@", "evil.example\\@@HOST@", "evil.example\t@@HOST@", "xn--", "jupyterhub", "0x0"]
LINKS = [
    *[f"http://{name}/formgrader" for name in OWN],
    "//@HOST@/formgrader", "/formgrader", "formgrader", "../../manage_students", "./next", "?index=1", "#notebook", "#ex-2-1", "", " ", ".",
    "http:/formgrader", "http:formgrader", "https:@HOST@", "http:\\\\@HOST@\\formgrader", "ht\ntp://@HOST@/", "\x01http://@HOST@/", "&#104;ttp&colon;//@HOST@/", "http&#x3a;//127.0.0.1/",
    "javascript:@EVIL@", "JaVaScRiPt:@EVIL@", "java&Tab;script:@EVIL@", "&#106avascript:@EVIL@", "data:text/html,<script>@EVIL@</script>", "vbscript:x", "blob:http://@HOST@/x", "file:///etc/passwd", "about:blank", "view-source:http://@HOST@/", "filesystem:http://@HOST@/x", "intent:x", "ftp://evil.example/", "ws://evil.example/", "mailto:a@evil.example?attach=/etc/passwd", "tel:1", "x-apple:1",
]
OUTSIDE = ["https://evil.example/a?b=c&amp;d#e", "http://evil.example", "HTTPS://Evil.Example:8443/x", "mailto:a@evil.example", "http://evil.example/a.html?b=c&amp;d#e"]
# fmt: on

CELLS = [
    *COVERING,
    *LEAVING,
    *RUNNING,
    *CLOBBERING,
    " ".join(f'<a href="{link}">x</a>' for link in LINKS),
    " ".join(f"[x](<{link}>) <{link}>" for link in LINKS if "\n" not in link),
    " ".join(f'<a href="{link}" target="_top" rel="opener">out</a>' for link in OUTSIDE),
]
