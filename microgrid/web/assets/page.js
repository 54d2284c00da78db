// What happens when the page opens.

recompute();
listLeaves();
listPublished();
element("level").append(...data.levels.map((each, i) => new Option(each.words || each.level, i, false, each === level)));
element("levels").hidden = data.levels.length === 1;
element("rate").value = String(data.rules[0]?.rate ?? 0.1);
if (!parameters.length) element("learning").hidden = true;
element("live").hidden = false;
listSamples();
drawPicture();
drawCurve();
show();
if (data.round > 1) go(starts[data.round - 1] + 1);
fromHash();
