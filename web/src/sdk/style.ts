/** How the widget looks: its own small world in a shadow root, by logical properties so that it reads in both directions. */
export const STYLE = `
:host{all:initial;position:fixed;inset-block-end:20px;inset-inline-end:20px;z-index:2147483000;font:400 15px/1.5 system-ui,"Vazirmatn","Segoe UI",Tahoma,sans-serif;color:#1f1d1a;color-scheme:light}
:host([hidden]){display:none}
*{box-sizing:border-box;margin:0;padding:0;font:inherit;letter-spacing:0}
[hidden]{display:none!important}
button{cursor:pointer;border:0;background:none;color:inherit;min-inline-size:24px;min-block-size:24px}
:focus-visible{outline:3px solid var(--c);outline-offset:2px}
.unseen{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.bubble{inline-size:56px;block-size:56px;border-radius:50%;background:var(--c);color:var(--i);box-shadow:0 4px 16px rgb(0 0 0/.24);display:grid;place-items:center;position:relative}
.bubble:focus-visible{outline-color:#1f1d1a;box-shadow:0 0 0 3px #fff}
svg{inline-size:24px;block-size:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-inline-size:22px;block-size:22px;border-radius:11px;padding-inline:6px;background:#b42318;color:#fff;font-size:13px;line-height:22px;text-align:center}
.panel{position:absolute;inset-block-end:0;inset-inline-end:0;inline-size:380px;block-size:min(600px,calc(100vh - 40px));background:#fff;border-radius:14px;box-shadow:0 8px 40px rgb(0 0 0/.24);display:flex;flex-direction:column;overflow:hidden}
.head{background:var(--c);color:var(--i);padding:12px 16px;display:flex;align-items:center;gap:8px}
h2{flex:1;font-size:16px;font-weight:600;overflow-wrap:anywhere}
.icon{inline-size:36px;block-size:36px;display:grid;place-items:center;border-radius:8px}
.head :focus-visible{outline-color:currentColor}
.status{background:#fbf0da;color:#6b4600;padding:6px 16px;font-size:13px}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px;background:#faf9f7}
.log:focus-visible{outline-offset:-3px}
ol{list-style:none;display:grid;gap:10px}
.greeting{color:#57524b;margin-block-end:14px}
.earlier{display:block;margin:0 auto 12px;color:#57524b;text-decoration:underline;padding:4px 8px}
li{display:grid;justify-items:start;gap:2px}
li p{max-inline-size:84%;padding:8px 12px;border-radius:14px;background:#eeebe6;white-space:pre-wrap;overflow-wrap:anywhere}
li.me{justify-items:end}
li.me p{background:var(--c);color:var(--i)}
li a{color:inherit;text-decoration:underline}
small{font-size:12px;color:#6f6a62}
small button{text-decoration:underline;padding-inline:4px;color:#9a3b06}
.typing{color:#57524b;font-size:13px;padding-block-start:8px}
form{display:flex;gap:8px;align-items:flex-end;padding:10px 12px;border-block-start:1px solid #e6e2dc}
textarea{flex:1;resize:none;border:1px solid #857e74;border-radius:10px;padding:8px 10px;min-block-size:42px;max-block-size:140px;background:#fff;color:inherit;font-size:16px}
textarea::placeholder{color:#6f6a62;opacity:1}
.send{background:var(--c);color:var(--i);border-radius:10px;inline-size:42px;block-size:42px;display:grid;place-items:center}
:host([dir=rtl]) .send svg{transform:scaleX(-1)}
@media (max-width:480px){.panel{position:fixed;inset:0;inline-size:auto;block-size:100%;block-size:100dvh;border-radius:0}}
@media (forced-colors:active){.bubble,.send,.panel{border:1px solid}}
`;
