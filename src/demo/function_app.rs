//! A function app in the simulated tenant.

/// A function app, with what Azure says of it.
#[derive(Debug, Clone)]
pub struct SimulatedFunctionApp {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    /// Where it answers.
    pub host: String,
    /// `Running` or `Stopped`.
    pub state: String,
    /// The principal of its identity.
    pub principal: String,
    /// The names of its functions.
    pub functions: Vec<String>,
    /// With which they are called; none keeps it from whoever asks.
    pub key: Option<String>,
    /// Settings that refer to a vault, and Azure's word for how that went.
    pub references: Vec<(String, String)>,
    /// Roles of the identity: their names and where they are held.
    pub roles: Vec<(String, String)>,
}

impl SimulatedFunctionApp {
    /// Its id in Azure.
    pub fn id(&self) -> String {
        let Self { subscription, resource_group, name, .. } = self;
        format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Web/sites/{name}"
        )
    }
}
