/**
 * An SMSC for stories: keeps each part that it takes as JSON, refuses what the file `refusal` tells it to, and sends receipts.
 *
 * smsc.mjs ADDRESS PORT FOLDER SYSTEM_ID PASSWORD
 *
 * `refusal` holds a status as a decimal number, such as 88 for too many messages at once (SMPP 3.4 section 5.1.3).
 * `fate` holds what receipts say instead of DELIVRD. Each time a part is offered, a line is added to `offered`.
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const smpp = createRequire(new URL("../../web/package.json", import.meta.url))("smpp");
const [address, port, folder, systemId, password] = process.argv.slice(2);

const asked = (name) => {
  try {
    return readFileSync(join(folder, name), "utf8").trim();
  } catch {
    return "";
  }
};

let taken = 0;

/** The name of a part; in its receipt it is written in decimal, as many do. */
const nameOf = (number) => (0xa0000000 + number).toString(16).toUpperCase();

const server = smpp.createServer((session) => {
  session.on("error", () => session.destroy());
  const known = (pdu) => {
    const right = pdu.system_id === systemId && pdu.password === password;
    session.send(pdu.response({ system_id: "smsc", command_status: right ? 0 : smpp.ESME_RINVPASWD }));
    if (!right) session.close();
  };
  session.on("bind_transceiver", known);
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("submit_sm", (pdu) => {
    appendFileSync(join(folder, "offered"), `${pdu.destination_addr}\n`);
    const refusal = Number(asked("refusal"));
    if (refusal) {
      session.send(pdu.response({ command_status: refusal }));
      return;
    }
    taken += 1;
    const { message, udh } = pdu.short_message;
    const header = udh && (Array.isArray(udh) ? udh[0] : udh);
    const part = {
      to: pdu.destination_addr,
      from: pdu.source_addr,
      kind: pdu.source_addr_ton,
      coding: pdu.data_coding,
      text: Buffer.isBuffer(message) ? message.toString("latin1") : message,
      place: header ? [...(header.subarray ? header : Buffer.from(header))].slice(-3) : null,
    };
    const file = join(folder, `${String(process.pid).padStart(8, "0")}-${String(taken).padStart(6, "0")}`);
    writeFileSync(`${file}.new`, JSON.stringify(part));
    renameSync(`${file}.new`, `${file}.json`);
    const number = taken;
    session.send(pdu.response({ message_id: nameOf(number) }), null, () => {
      const fate = asked("fate") || "DELIVRD";
      if (fate === "none") return;
      session.deliver_sm({
        source_addr: pdu.destination_addr,
        destination_addr: pdu.source_addr,
        esm_class: 4,
        short_message: `id:${Number.parseInt(nameOf(number), 16)} sub:001 dlvrd:001 submit date:2611250300 done date:2611250301 stat:${fate} err:000 text:`,
      }, (answer) => appendFileSync(join(folder, "receipts"), `${answer.command_status}\n`));
    });
  });
});

server.listen(Number(port), address, () => writeFileSync(join(folder, "ready"), String(process.pid)));
