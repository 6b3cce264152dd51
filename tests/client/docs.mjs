//  docs - a person at /docs, played in Debian's Chromium: node docs.mjs URL TOKEN [PNG]
//
//  Prints one JSON object: what was seen, and what went wrong. PNG: where screenshots go
//  (PNG-light.png, PNG-dark.png, PNG-narrow.png).

import { chromium } from "playwright-core";

const [url, token, png] = process.argv.slice(2);
const seen = { console: [], outside: [], requests: 0 };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
                                        args: ["--no-sandbox", "--disable-gpu"] });

async function open(options) {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(20000);
    page.on("console", (message) => message.type() === "error" && seen.console.push(message.text()));
    page.on("pageerror", (error) => seen.console.push(`${error}`));
    page.on("request", (request) => {
        seen.requests++;
        if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
            seen.outside.push(request.url());
        }
    });
    await page.goto(`${url}/docs`);
    await page.locator(".operation").first().waitFor();
    return page;
}

async function shoot(page, name) {
    if (png) {
        await page.screenshot({ path: `${png}-${name}.png` });
    }
}

async function browse(page) {
    seen.operations = await page.locator(".operation").count();
    seen.intro = await page.locator("#intro").textContent();
    seen.failures = await page.locator("#intro .bad").count();
    seen.links = await page.locator("#nav a").count();
    await page.keyboard.press("/");
    await page.keyboard.type("register member");
    seen.found = await page.locator(".operation:visible").evaluateAll((all) => all.map((one) => one.id));
    await page.locator("#search").fill("no such thing at all");
    seen.nothing = await page.locator("#none").isVisible();
    await page.locator("#search").fill("");
}

//  By the keyboard alone: to the operation's line, open it.
async function expand(page) {
    const operation = page.locator("#registerMember");
    await operation.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    await operation.locator("form").waitFor();
    const answer = operation.locator("details.response").first();
    await answer.locator("summary").first().click();
    seen.answer = await answer.locator("pre").first().textContent();
    seen.text = await operation.textContent();
    seen.fields = await operation.locator(".fields > li").count();
}

async function tryIt(page) {
    const form = page.locator("#registerMember form");
    await page.locator("#token").fill(token);
    seen.caller = await page.locator("#caller").textContent();
    await form.locator("textarea").fill(JSON.stringify({
        name: "Docs Reader", email: `${Date.now()}@example.com`, wallet: true }));
    await form.locator("button").click();
    await form.locator(".status").waitFor();
    seen.status = await form.locator(".status").textContent();
    seen.body = JSON.parse(await form.locator("pre").last().textContent());
    const read = page.locator("#getMember");
    await read.locator("summary").first().click();
    await read.locator('[name="path id"]').fill(seen.body.id);
    await read.locator("button").click();
    await read.locator("form .status").waitFor();
    seen.read = await read.locator("form .status").textContent();
    seen.stored = await page.evaluate(() => localStorage.length + sessionStorage.length
                                      + document.cookie.length);
}

try {
    const light = await open({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    await shoot(light, "light");
    await browse(light);
    await expand(light);
    await tryIt(light);
    await light.locator("#registerMember").scrollIntoViewIfNeeded();
    await shoot(light, "tried");
    const dark = await open({ viewport: { width: 1280, height: 900 }, colorScheme: "dark" });
    await dark.goto(`${url}/docs#createPayment`);
    await dark.locator("#createPayment form").waitFor();
    seen.ground = await dark.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await shoot(dark, "dark");
    const narrow = await open({ viewport: { width: 360, height: 740 }, colorScheme: "light" });
    await narrow.locator("#createPayment summary").first().click();
    seen.overflow = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await shoot(narrow, "narrow");
} catch (error) {
    seen.failure = `${error}`;
} finally {
    await browser.close();
}
console.log(JSON.stringify(seen));
