namespace LiveCommerce.LoadTester.Checks;

/// <summary>A promise and whether it was kept.</summary>
/// <param name="Kept">False makes the exit code 2.</param>
/// <param name="Detail">What was counted, or the first thing that broke it.</param>
internal sealed record Check(string Name, bool Kept, string Detail);
