namespace LiveCommerce.StripeSandbox;

/// <summary>How the cardholder's bank decides.</summary>
public enum DisputeOutcome
{
    /// <summary>For the shop: the money comes back (an inquiry just ends).</summary>
    Won = 1,

    /// <summary>For the cardholder: the money stays away (an inquiry just ends).</summary>
    Lost = 2,

    /// <summary>An inquiry becomes a dispute, and the money is taken.</summary>
    Escalated = 3,
}
