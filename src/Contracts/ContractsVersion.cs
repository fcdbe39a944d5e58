namespace LiveCommerce.Contracts;

/// <summary>Which contracts this program speaks to the other processes of its cluster.</summary>
public static class ContractsVersion
{
    /// <summary>
    /// Rises by one with each release that changes them. Processes of neighbouring versions work together, so that a cluster can be rolled
    /// one process after another; two apart refuse each other. docs/contracts.txt holds what is released; <c>./dev contracts</c> writes it.
    /// </summary>
    public const int Current = 2;
}
