import app from "./app.json";
import identity from "./identity.json";
import people from "./people.json";
import problems from "./problems.json";
import records from "./records.json";
import setup from "./setup.json";
import telephony from "./telephony.json";
import users from "./users.json";

export default { app, identity, people, problems, records, setup, telephony, users } as const;
